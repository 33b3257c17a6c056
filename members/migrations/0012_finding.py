from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0011_fields"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("kind", "person"), _negated=True), fields=["kind"], name="members_member_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("status", "enrolled"), _negated=True),
                fields=["status"],
                name="members_member_status",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["language"], name="members_member_language"),
        ),
    ]
