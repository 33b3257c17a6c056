"""Every table as the replaced migrations leave it, each made once: a new installation starts in half the time."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('members', '0001_extensions'), ('members', '0002_initial'), ('members', '0003_messages'), ('members', '0004_ledger_and_terminals'), ('members', '0005_duplicates'), ('members', '0006_privacy'), ('members', '0007_identity'), ('members', '0008_companies'), ('members', '0009_evidence'), ('members', '0010_lookup'), ('members', '0011_fields')]

    initial = True

    dependencies = [
        ('ground', '0001_squashed_0004_exports'),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('person', 'person'), ('company', 'company')], default='person', max_length=8, verbose_name='kind')),
                ('status', models.CharField(choices=[('enrolled', 'enrolled'), ('contact', 'contact only'), ('erased', 'erased'), ('merged', 'merged into another')], default='enrolled', max_length=8, verbose_name='status')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('search_name', models.CharField(blank=True, editable=False, max_length=200)),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('ru', 'Russian'), ('he', 'Hebrew')], max_length=2, verbose_name='language')),
                ('sex', models.CharField(blank=True, choices=[('', 'not known'), ('f', 'female'), ('m', 'male')], max_length=1, verbose_name='sex')),
                ('birth_year', models.SmallIntegerField(blank=True, null=True, verbose_name='year of birth')),
                ('birth_month', models.SmallIntegerField(blank=True, null=True, verbose_name='month of birth')),
                ('birth_day', models.SmallIntegerField(blank=True, null=True, verbose_name='day of birth')),
                ('joined_on', models.DateField(blank=True, null=True, verbose_name='member since')),
                ('source', models.CharField(blank=True, max_length=40, verbose_name='how they came')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('custom', models.JSONField(blank=True, default=dict, verbose_name='custom fields')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                ('survivor', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member')),
                ('came_by', models.CharField(blank=True, choices=[('', 'not known'), ('advert', 'an advertisement'), ('friends', 'a recommendation'), ('curiosity', 'curiosity'), ('passing', 'passing by'), ('other', 'something else')], db_default='', default='', max_length=10, verbose_name='what brought them')),
                ('cares_about', models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list, verbose_name='what they value')),
                ('interests', models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list, verbose_name='interests')),
                ('preferred_channel', models.CharField(blank=True, choices=[('', 'not known'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], db_default='', default='', max_length=6, verbose_name='preferred way to keep in touch')),
                ('social_status', models.CharField(blank=True, choices=[('', 'not known'), ('student', 'studies'), ('employed', 'employed'), ('self', 'works for themselves'), ('home', 'at home with the family'), ('retired', 'retired'), ('unemployed', 'without work'), ('other', 'other')], db_default='', default='', max_length=10, verbose_name='social status')),
                ('wallet_share', models.CharField(blank=True, choices=[('', 'not known'), ('only', 'buys only from us'), ('mostly', 'mostly from us'), ('sometimes', 'sometimes from us')], db_default='', default='', max_length=10, verbose_name='share of their purchases')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_name'], name='members_member_name_trgm', opclasses=['gin_trgm_ops']), models.Index(fields=['birth_month', 'birth_day'], name='members_member_birthday'), models.Index(condition=models.Q(('survivor__isnull', False)), fields=['survivor'], name='members_member_survivor'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('custom', {}), _negated=True), fields=['custom'], name='members_member_custom')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('birth_day__isnull', True), ('birth_month__isnull', True), ('birth_year__isnull', True)), models.Q(('birth_day__gte', 1), ('birth_day__lte', 31), ('birth_month__gte', 1), ('birth_month__lte', 12)), _connector='OR'), name='members_birthday_whole'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'merged'), ('survivor__isnull', False)), models.Q(models.Q(('status', 'merged'), _negated=True), ('survivor__isnull', True)), _connector='OR'), name='members_merged_has_survivor')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('processing', 'keeping my data for the programme'), ('marketing', 'offers and news')], max_length=12, verbose_name='purpose')),
                ('channel', models.CharField(blank=True, choices=[('', 'no channel'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], max_length=6, verbose_name='channel')),
                ('action', models.CharField(choices=[('granted', 'granted'), ('withdrawn', 'withdrawn'), ('reversed', 'taken back with its import')], max_length=10, verbose_name='act')),
                ('language', models.CharField(blank=True, max_length=2, verbose_name='language')),
                ('method', models.CharField(help_text='import, terminal, admin, page', max_length=20, verbose_name='how')),
                ('proof', models.CharField(blank=True, help_text='such as the file and line, or the receipt', max_length=200, verbose_name='proof')),
                ('actor_label', models.CharField(blank=True, max_length=150, verbose_name='by')),
                ('given_at', models.DateTimeField(verbose_name='given')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                ('wording', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ground.consentwording')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='members.member')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'indexes': [models.Index(fields=['member', 'purpose', 'channel', '-id'], name='members_consent_member')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('street', models.CharField(blank=True, max_length=200, verbose_name='street and house')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='members.member')),
            ],
            options={
                'verbose_name': 'address',
                'verbose_name_plural': 'addresses',
                'indexes': [models.Index(fields=['city'], name='members_address_city')],
                'constraints': [models.UniqueConstraint(fields=('member',), name='members_one_address')],
            },
        ),
        migrations.CreateModel(
            name='CurrentConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('processing', 'keeping my data for the programme'), ('marketing', 'offers and news')], max_length=12, verbose_name='purpose')),
                ('channel', models.CharField(blank=True, choices=[('', 'no channel'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], max_length=6, verbose_name='channel')),
                ('is_granted', models.BooleanField(verbose_name='granted')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.consent')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='current_consents', to='members.member')),
            ],
            options={
                'verbose_name': 'current consent',
                'verbose_name_plural': 'current consents',
                'constraints': [models.UniqueConstraint(fields=('member', 'purpose', 'channel'), name='members_one_current_consent')],
            },
        ),
        migrations.CreateModel(
            name='ContactBudget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(blank=True, choices=[('', 'no channel'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], help_text='Empty: all channels together.', max_length=6, verbose_name='channel')),
                ('messages', models.PositiveSmallIntegerField(default=3, verbose_name='at most this many messages')),
                ('days', models.PositiveSmallIntegerField(default=7, verbose_name='within this many days')),
                ('quiet_from', models.TimeField(blank=True, help_text="By the company's clock. Nothing is sent until the end.", null=True, verbose_name='quiet from')),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name='quiet until')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'contact budget',
                'verbose_name_plural': 'contact budgets',
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('channel',), name='members_one_budget_per_channel'), models.CheckConstraint(condition=models.Q(('days__gte', 1), ('messages__gte', 1)), name='members_budget_positive'), models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='members_quiet_both')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('', 'no channel'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], max_length=6, verbose_name='channel')),
                ('purpose', models.CharField(choices=[('processing', 'keeping my data for the programme'), ('marketing', 'offers and news')], max_length=12, verbose_name='purpose')),
                ('source', models.CharField(help_text='such as campaign', max_length=20, verbose_name='sent by')),
                ('source_group', models.BigIntegerField(verbose_name='mailing')),
                ('source_id', models.BigIntegerField(verbose_name='recipient in the mailing')),
                ('state', models.CharField(choices=[('planned', 'planned'), ('claimed', 'being prepared'), ('handed', 'being handed over'), ('sent', 'sent'), ('retry', 'waiting to be tried again'), ('failed', 'failed'), ('unknown', 'unknown: perhaps sent'), ('suppressed', 'left out at the last moment'), ('cancelled', 'cancelled'), ('bounced', 'bounced'), ('complained', 'reported as spam')], default='planned', max_length=10, verbose_name='state')),
                ('reason', models.CharField(blank=True, choices=[('', 'no reason needed'), ('no_consent', 'no consent for this channel'), ('no_address', 'no address for this channel'), ('not_member', 'no longer a member'), ('suppressed', 'the address must not be written to'), ('over_budget', 'the contact budget is used up'), ('cannot_render', 'the text could not be made for this person'), ('bad_address', 'the address does not exist'), ('refused', 'refused by the receiving mail server'), ('gave_up', 'tried several times without success'), ('lost', 'the sending process died while handing it over'), ('no_reply', 'the mail server did not confirm'), ('run_cancelled', 'the mailing was cancelled')], db_default='', max_length=20, verbose_name='reason')),
                ('detail', models.CharField(blank=True, db_default='', help_text='its code, never its text', max_length=200, verbose_name='answer of the mail server')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='attempts')),
                ('claim_token', models.UUIDField(blank=True, editable=False, null=True)),
                ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='claimed')),
                ('handed_at', models.DateTimeField(blank=True, null=True, verbose_name='handed over')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'retry'])), fields=['source', 'source_group', 'due_at', 'id'], name='members_message_waiting'), models.Index(condition=models.Q(('state__in', ['claimed', 'handed'])), fields=['claimed_at'], name='members_message_in_hand'), models.Index(fields=['member', 'claimed_at'], name='members_message_budget'), models.Index(fields=['source', 'source_group', 'state'], name='members_message_group')],
                'constraints': [models.UniqueConstraint(fields=('source', 'source_id'), name='members_message_once')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('', 'no channel'), ('email', 'e-mail'), ('sms', 'SMS'), ('phone', 'phone call')], max_length=6, verbose_name='channel')),
                ('address_hash', models.CharField(editable=False, max_length=64)),
                ('reason', models.CharField(choices=[('unsubscribed', 'unsubscribed'), ('hard_bounce', 'the address does not exist'), ('complaint', 'reported as spam'), ('erased', 'asked to be forgotten'), ('by_hand', 'entered by the staff')], max_length=12, verbose_name='reason')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'suppression',
                'verbose_name_plural': 'suppressions',
                'indexes': [models.Index(fields=['member'], name='members_suppression_member')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('channel', 'address_hash', 'reason'), name='members_suppression_live')],
            },
        ),
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('household', 'household')], default='household', max_length=10, verbose_name='kind')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('head', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='head')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'relation',
                'verbose_name_plural': 'relations',
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['head'], name='members_relation_head')],
                'constraints': [models.CheckConstraint(condition=models.Q(('head', models.F('other')), _negated=True), name='members_relation_two_people'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('other', 'kind'), name='members_relation_live')],
            },
        ),
        migrations.CreateModel(
            name='DuplicateKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BigIntegerField()),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.member')),
            ],
            options={
                'verbose_name': 'key for finding duplicates',
                'verbose_name_plural': 'keys for finding duplicates',
                'indexes': [models.Index(fields=['key', 'member'], name='members_duplicatekey_key')],
            },
        ),
        migrations.CreateModel(
            name='DuplicatePair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.FloatField(help_text='In bits: each one doubles the odds that this is one person.', verbose_name='evidence')),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None, verbose_name='reasons')),
                ('state', models.CharField(choices=[('proposed', 'to be looked at'), ('apart', 'kept apart'), ('merged', 'merged')], default='proposed', max_length=8, verbose_name='state')),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='found')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('decided_by', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.member', verbose_name='one')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.member', verbose_name='the other')),
            ],
            options={
                'verbose_name': 'pair of duplicates',
                'verbose_name_plural': 'duplicates',
                'indexes': [models.Index(condition=models.Q(('state', 'proposed')), fields=['-score'], name='members_pair_waiting')],
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='members_pair_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='members_pair_in_order')],
            },
        ),
        migrations.CreateModel(
            name='DuplicateScan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='changed since')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('cursor', models.BigIntegerField(default=0)),
                ('looked_at', models.BigIntegerField(default=0, verbose_name='members looked at')),
                ('found', models.BigIntegerField(default=0, verbose_name='pairs found')),
                ('shares', models.JSONField(default=dict, help_text='How common the common names are.')),
            ],
            options={
                'verbose_name': 'search for duplicates',
                'verbose_name_plural': 'searches for duplicates',
                'constraints': [models.UniqueConstraint(models.ExpressionWrapper(models.Q(('finished_at__isnull', True)), output_field=models.BooleanField()), condition=models.Q(('finished_at__isnull', True)), name='members_one_scan')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choices', models.JSONField(default=dict, verbose_name='choices')),
                ('before', models.JSONField(default=dict)),
                ('parts', models.JSONField(default=dict)),
                ('left', models.JSONField(default=list)),
                ('merged_at', models.DateTimeField(verbose_name='merged')),
                ('merged_by', models.CharField(max_length=150, verbose_name='by')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('undone_by', models.CharField(blank=True, max_length=150, verbose_name='undone by')),
                ('merged', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='merged into them')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='survivor')),
            ],
            options={
                'verbose_name': 'merge',
                'verbose_name_plural': 'merges',
                'indexes': [models.Index(fields=['survivor'], name='members_merge_survivor')],
                'constraints': [models.CheckConstraint(condition=models.Q(('survivor', models.F('merged')), _negated=True), name='members_merge_two_people'), models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merged',), name='members_merge_live')],
            },
        ),
        migrations.CreateModel(
            name='PageCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deed', models.CharField(choices=[('download', 'download what we know'), ('leave', 'leave and be forgotten')], max_length=8, verbose_name='for')),
                ('code_hash', models.CharField(max_length=128)),
                ('tries_left', models.PositiveSmallIntegerField(default=5)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member')),
            ],
            options={
                'verbose_name': 'code for the own page',
                'verbose_name_plural': 'codes for the own page',
                'indexes': [models.Index(fields=['member', 'deed', '-id'], name='members_pagecode_live')],
            },
        ),
        migrations.CreateModel(
            name='IdentityPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('card_prefix', models.CharField(default='29', help_text='By it the till tells a typing error on one of your own cards from a card it does not know.', max_length=6, validators=[django.core.validators.RegexValidator('^[0-9]+$', 'Only digits.')], verbose_name='card numbers begin with')),
                ('card_length', models.PositiveSmallIntegerField(default=16, validators=[django.core.validators.MaxValueValidator(19)], verbose_name='digits of a card number')),
                ('silent_months', models.PositiveSmallIntegerField(default=12, help_text='Operators give old numbers to new people. So long must the old owner not have been seen.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='a phone may change hands after (months)')),
            ],
            options={
                'verbose_name': 'rules for cards and phones',
                'verbose_name_plural': 'rules for cards and phones',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='members_identitypolicy_one_row')],
            },
        ),
        migrations.CreateModel(
            name='CompanyContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('sees', 'sees the offer'), ('influences', 'advises'), ('decides', 'decides'), ('pays', 'pays'), ('collects', 'collects the goods')], max_length=10), size=None, verbose_name='what they do')),
                ('won_at', models.DateTimeField(blank=True, null=True, verbose_name='won on')),
                ('won_by', models.CharField(blank=True, max_length=150, verbose_name='won by')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('company', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='company')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='contact person')),
            ],
            options={
                'verbose_name': 'contact person',
                'verbose_name_plural': 'contact persons',
                'indexes': [models.Index(fields=['company', 'since'], name='members_contact_company')],
                'constraints': [models.CheckConstraint(condition=models.Q(('company', models.F('person')), _negated=True), name='members_contact_two'), models.CheckConstraint(condition=models.Q(('roles__len__gt', 0)), name='members_contact_roles'), models.CheckConstraint(condition=models.Q(models.Q(('won_at__isnull', True), ('won_by', '')), models.Q(('won_at__isnull', False), models.Q(('won_by', ''), _negated=True)), _connector='OR'), name='members_contact_won'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('company', 'person'), name='members_contact_live')],
            },
        ),
        migrations.CreateModel(
            name='CompanyDetails',
            fields=[
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='company_details', serialize=False, to='members.member')),
                ('tax_number', models.CharField(blank=True, max_length=32, validators=[django.core.validators.RegexValidator('^[0-9A-Za-z][0-9A-Za-z ./-]{3,30}$', 'Letters and digits, as on an invoice; at least four of them.')], verbose_name='tax number')),
                ('registration_number', models.CharField(blank=True, max_length=32, validators=[django.core.validators.RegexValidator('^[0-9A-Za-z][0-9A-Za-z ./-]{3,30}$', 'Letters and digits, as on an invoice; at least four of them.')], verbose_name='registration number')),
            ],
            options={
                'verbose_name': 'details of a company',
                'verbose_name_plural': 'details of companies',
            },
        ),
        migrations.CreateModel(
            name='BuyingCompany',
            fields=[
            ],
            options={
                'verbose_name': 'buying company',
                'verbose_name_plural': 'buying companies',
                'proxy': True,
            },
            bases=('members.member',),
        ),
        migrations.CreateModel(
            name='CardIssuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True, verbose_name='who issues the cards')),
                ('prefix', models.CharField(max_length=12, validators=[django.core.validators.RegexValidator('^[0-9]+$', 'Only digits.')], verbose_name='numbers begin with')),
                ('length', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(6), django.core.validators.MaxValueValidator(19)], verbose_name='digits of a card number')),
                ('check_rule', models.CharField(choices=[('none', 'no check digit'), ('luhn', 'Luhn (bank cards)'), ('ean', 'EAN (bar codes)'), ('damm', 'Damm (as on your own cards)')], default='none', max_length=4, verbose_name='check digit')),
            ],
            options={
                'verbose_name': "partner's cards",
                'verbose_name_plural': "partners' cards",
                'constraints': [models.UniqueConstraint(fields=('prefix', 'length'), name='members_cardissuer_range'), models.CheckConstraint(condition=models.Q(('prefix__regex', '^[0-9]+$')), name='members_cardissuer_prefix')],
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('card', 'card'), ('code', 'code'), ('email', 'e-mail')], max_length=12, verbose_name='kind')),
                ('value', models.CharField(max_length=254, verbose_name='value')),
                ('shown', models.CharField(blank=True, max_length=254, verbose_name='as written')),
                ('is_blocked', models.BooleanField(db_default=False, default=False, verbose_name='blocked')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='members.member')),
                ('blocked_for', models.CharField(blank=True, choices=[('', 'no reason noted'), ('lost', 'lost'), ('stolen', 'stolen'), ('misuse', 'misused'), ('on_request', 'the member asked for it')], db_default='', default='', max_length=12, verbose_name='blocked because')),
                ('ended_as', models.CharField(blank=True, choices=[('', 'no reason noted'), ('replaced', 'replaced by a new one'), ('removed', 'taken off'), ('handed_over', 'the number has a new owner'), ('withdrawn', 'lent, and taken back')], db_default='', default='', max_length=12, verbose_name='ended because')),
                ('lent_at', models.DateTimeField(blank=True, null=True, verbose_name='lent since')),
                ('lent_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.member', verbose_name='lent to')),
                ('may_spend', models.BooleanField(db_default=True, default=True, verbose_name='may spend')),
                ('issuer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.cardissuer', verbose_name='issued by')),
            ],
            options={
                'verbose_name': 'identifier',
                'verbose_name_plural': 'identifiers',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('value', 'kind'), include=('member', 'is_blocked'), name='members_identifier_live'), models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='members_identifier_not_empty'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('created_at')), _connector='OR'), name='members_identifier_times'), models.CheckConstraint(condition=models.Q(('lent_at__isnull', False), models.Q(('lent_to__isnull', True), ('may_spend', True)), _connector='OR'), name='members_identifier_lent')],
                'indexes': [models.Index(condition=models.Q(('lent_to__isnull', False)), fields=['lent_to'], name='members_identifier_lent_to'), models.Index(condition=models.Q(('issuer__isnull', False)), fields=['issuer'], name='members_identifier_issuer'), models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Reverse('value'), name='text_pattern_ops'), condition=models.Q(('ended_at__isnull', True), models.Q(('kind', 'email'), _negated=True)), name='members_identifier_tail'), models.Index(condition=models.Q(('ended_at__isnull', True), ('kind', 'email')), fields=['value'], name='members_identifier_mail', opclasses=['varchar_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='ConsentEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_on', models.DateField(verbose_name='given on')),
                ('how', models.CharField(blank=True, max_length=200, verbose_name='how it was given')),
                ('wording', models.CharField(blank=True, max_length=200, verbose_name='words, by the file')),
                ('source', models.CharField(max_length=300, verbose_name='where collected, and by whom')),
                ('consent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='members.consent')),
            ],
            options={
                'verbose_name': 'evidence of a consent',
                'verbose_name_plural': 'evidence of consents',
            },
        ),
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='For tills, rules and files. It stays when the name changes.', max_length=40, unique=True, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]{0,39}$', 'Small Latin letters, digits and _, a letter first.')], verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('name_ru', models.CharField(blank=True, max_length=80, verbose_name='name in Russian')),
                ('name_he', models.CharField(blank=True, max_length=80, verbose_name='name in Hebrew')),
                ('kind', models.CharField(choices=[('text', 'text'), ('number', 'number'), ('date', 'day'), ('yes_no', 'yes or no'), ('choice', 'one of a list'), ('choices', 'several of a list')], default='text', max_length=8, verbose_name='kind')),
                ('options', models.JSONField(blank=True, default=list, verbose_name='list')),
                ('till', models.CharField(blank=True, choices=[('', 'not at the till'), ('see', 'the till shows it'), ('set', 'the till shows it and may fill it in when it enrols somebody')], max_length=3, verbose_name='tills')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Small numbers come first.', verbose_name='place')),
                ('is_archived', models.BooleanField(default=False, help_text='Not asked any more; what is known stays.', verbose_name='archived')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'custom field',
                'verbose_name_plural': 'custom fields',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProfilePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('social_status', 'social status'), ('interests', 'interests'), ('cares_about', 'what they value'), ('preferred_channel', 'preferred way to keep in touch'), ('came_by', 'what brought them'), ('wallet_share', 'share of their purchases')], max_length=20), blank=True, default=list, help_text='Only what you will use. What is not ticked is not asked, not imported and not exported.', size=None, verbose_name='we keep')),
            ],
            options={
                'verbose_name': 'what we keep of members',
                'verbose_name_plural': 'what we keep of members',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='members_profilepolicy_one_row')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7fc0e55e6c3b95beab30a7d7c38f4d81fb68ccb4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3362b', table='members_consent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN\n                        RETURN NULL;\n                    END IF;\n                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;\n                ", hash='4a30b0876ffa7ed8fe1b9cd4bd95c37cf7d9e167', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b0b47', table='members_consent', when='BEFORE')),
        ),
    ]
