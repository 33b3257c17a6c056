"""Fewer foreign keys where a thousand accounts at a time are written, and on a receipt (docs/adr/0026)."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0018_import_speed'),
    ]

    operations = [
        # Said twice: the lot names its account, the account its owner.
        migrations.RemoveField(model_name='burnwarning', name='account'),
        migrations.RemoveField(model_name='burnwarning', name='member'),
        migrations.AlterField(
            model_name='burnwarning',
            name='lot',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.lot'),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program'),
        ),
        migrations.AlterField(
            model_name='purchase',
            name='version',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.programversion'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='kept_while_named', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (SELECT FROM programs_account WHERE program_id = OLD.id) THEN\n                        RAISE EXCEPTION 'regulars: Cannot delete programme %, it has accounts', OLD.id;\n                    END IF;\n                    RETURN OLD;\n                ", hash='dd75422c60762b46b459a507288e3e5ad6cbff57', operation='DELETE', pgid='pgtrigger_kept_while_named_d9b1b', table='programs_program', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN\n                        RETURN NULL;\n                    END IF;\n                    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;\n                ", hash='049c632dc319cc0a21992d8e2e05046e0cd2893d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_52589', table='programs_program', when='BEFORE')),
        ),
    ]
