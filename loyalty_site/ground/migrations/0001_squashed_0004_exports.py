"""Every table as the replaced migrations leave it, each made once: a new installation starts in half the time."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('ground', '0001_initial'), ('ground', '0002_messages'), ('ground', '0003_ledger_and_terminals'), ('ground', '0004_exports')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('country', models.CharField(default='US', help_text="Two letters, such as US, RU or IL. Phones without a country code are read as this country's.", max_length=2, verbose_name='country')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('currency', models.CharField(default='USD', help_text='Three letters, such as USD, RUB or ILS.', max_length=3, verbose_name='currency')),
                ('currency_exponent', models.SmallIntegerField(default=2, verbose_name='decimals of the currency')),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('en', 'English'), ('ru', 'Russian'), ('he', 'Hebrew')], max_length=2), blank=True, default=list, size=None, verbose_name='languages')),
                ('note', models.CharField(blank=True, help_text='Shown on the Today page, for example that the data is a demonstration.', max_length=300, verbose_name='note')),
                ('postal_address', models.CharField(blank=True, help_text='Shown at the foot of every mail; the law asks for it.', max_length=300, verbose_name='postal address')),
                ('reply_to', models.EmailField(blank=True, help_text="Empty: to the sender's e-mail.", max_length=254, verbose_name='answers go to')),
                ('sender_email', models.EmailField(blank=True, help_text='What your mails come from. Its domain must allow your mail server (SPF, DKIM).', max_length=254, verbose_name="sender's e-mail")),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'company',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ground_company_is_one_row'), models.CheckConstraint(condition=models.Q(('currency_exponent__gte', 0), ('currency_exponent__lte', 4)), name='ground_company_exponent')],
            },
        ),
        migrations.CreateModel(
            name='ConsentWording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(max_length=20, verbose_name='purpose')),
                ('language', models.CharField(choices=[('en', 'English'), ('ru', 'Russian'), ('he', 'Hebrew')], max_length=2, verbose_name='language')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('text', models.TextField(verbose_name='text')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'consent wording',
                'verbose_name_plural': 'consent wordings',
                'constraints': [models.UniqueConstraint(fields=('purpose', 'language', 'version'), name='ground_one_wording_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='kind')),
                ('payload', models.JSONField(default=dict, verbose_name='payload')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('queued', 'queued'), ('running', 'running'), ('paused', 'paused'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10, verbose_name='state')),
                ('run_at', models.DateTimeField(verbose_name='due')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='failed attempts in a row')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='lease until')),
                ('claim_token', models.UUIDField(blank=True, null=True, verbose_name='claim')),
                ('done_count', models.BigIntegerField(default=0, verbose_name='done so far')),
                ('total_count', models.BigIntegerField(blank=True, null=True, verbose_name='of')),
                ('last_error', models.TextField(blank=True, verbose_name='last error')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['run_at'], name='ground_job_due'), models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['lease_until'], name='ground_job_leased')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('role', models.CharField(choices=[('administrator', 'Administrator'), ('marketing', 'Marketing'), ('support', 'Support'), ('accountant', 'Accountant'), ('shop_manager', 'Shop manager')], default='support', max_length=20, verbose_name='role')),
                ('language', models.CharField(choices=[('en', 'English'), ('ru', 'Russian'), ('he', 'Hebrew')], default='en', max_length=2, verbose_name='language')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person of the staff',
                'verbose_name_plural': 'staff',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('actor_kind', models.CharField(max_length=12, verbose_name='kind of actor')),
                ('actor_id', models.BigIntegerField(blank=True, null=True, verbose_name='number of the actor')),
                ('actor_label', models.CharField(max_length=150, verbose_name='who')),
                ('action', models.CharField(max_length=60, verbose_name='act')),
                ('object_type', models.CharField(max_length=60, verbose_name='kind of object')),
                ('object_id', models.CharField(max_length=60, verbose_name='object')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('details', models.JSONField(blank=True, default=dict, verbose_name='details')),
            ],
            options={
                'verbose_name': 'act',
                'verbose_name_plural': 'acts',
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='ground_audit_object'), models.Index(fields=['-at'], name='ground_audit_at')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30)),
                ('subject', models.CharField(max_length=120)),
                ('window_at', models.DateTimeField()),
                ('value', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'counter',
                'verbose_name_plural': 'counters',
                'indexes': [models.Index(fields=['window_at'], name='ground_counter_age')],
                'constraints': [models.UniqueConstraint(fields=('name', 'subject', 'window_at'), name='ground_counter_once')],
            },
        ),
        migrations.CreateModel(
            name='ExportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resource', models.CharField(max_length=60, verbose_name='list')),
                ('query', models.TextField(blank=True, verbose_name='filters')),
                ('format', models.CharField(choices=[('csv', 'CSV (text)'), ('xlsx', 'Excel workbook')], max_length=4, verbose_name='format')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('state', models.CharField(choices=[('writing', 'being written'), ('ready', 'ready'), ('expired', 'deleted'), ('refused', 'refused')], default='writing', max_length=8, verbose_name='state')),
                ('principal', models.JSONField(default=dict, verbose_name='rights')),
                ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('file', models.FileField(blank=True, max_length=300, upload_to='exports/', verbose_name='file')),
                ('row_count', models.BigIntegerField(default=0, verbose_name='rows')),
                ('byte_count', models.BigIntegerField(default=0, verbose_name='bytes')),
                ('last_pk', models.BigIntegerField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked for')),
                ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='ready since')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='deleted on')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ground.job')),
            ],
            options={
                'verbose_name': 'export',
                'verbose_name_plural': 'exports',
                'indexes': [models.Index(condition=models.Q(('state', 'ready')), fields=['expires_at'], name='ground_export_expires')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentwording',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='54558dd50fc4d0341523688ac789cb81c1b770cc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ce4e9', table='ground_consentwording', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consentwording',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN\n                        RETURN NULL;\n                    END IF;\n                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;\n                ", hash='e5643bddc08bfa8a5b21ce620e56bc692edac2d9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_567ac', table='ground_consentwording', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audit',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='07b283990c829edac71d92fc4e34d38c6ea9ea57', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cfe34', table='ground_audit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audit',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN\n                        RETURN NULL;\n                    END IF;\n                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;\n                ", hash='614865ca8518ccf963180867d49399b39f74b7d8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_6e919', table='ground_audit', when='BEFORE')),
        ),
    ]
