# Written by makemigrations.

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0003_ledger_and_terminals'),
    ]

    operations = [
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
    ]
