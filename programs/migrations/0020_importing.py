"""Less work about the rows of a file: fewer indexes while it is staged, and no statistics that nobody asks for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_identity"),
        ("programs", "0019_burning"),
    ]

    operations = [
        # Where applying goes on is noted with the batch.
        migrations.RemoveIndex(model_name="importrow", name="programs_importrow_todo"),
        migrations.AlterField(
            model_name="importrow",
            name="member",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.member",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("member__isnull", False)), fields=["member"], name="programs_importrow_member"
            ),
        ),
        # Every row is written twice, every key once and taken away: swept now and then, not in the middle of each file.
        # Nothing is ever looked for by what a row said.
        migrations.RunSQL(
            """
            ALTER TABLE programs_importrow ALTER COLUMN raw SET STATISTICS 0;
            ALTER TABLE programs_importrow ALTER COLUMN values SET STATISTICS 0;
            ALTER TABLE programs_importrow SET (
                autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5,
                autovacuum_analyze_scale_factor = 0.5
            );
            ALTER TABLE programs_importkey SET (
                autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 0.5
            );
            """,
            """
            ALTER TABLE programs_importrow ALTER COLUMN raw SET STATISTICS -1;
            ALTER TABLE programs_importrow ALTER COLUMN values SET STATISTICS -1;
            ALTER TABLE programs_importrow RESET (
                autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,
                autovacuum_analyze_scale_factor
            );
            ALTER TABLE programs_importkey RESET (
                autovacuum_vacuum_insert_threshold, autovacuum_analyze_scale_factor
            );
            """,
        ),
    ]
