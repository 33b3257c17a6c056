from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0005_effects'),
    ]

    operations = [
        migrations.AddField(
            model_name='adjustment',
            name='request_key',
            field=models.UUIDField(blank=True, editable=False, null=True, unique=True),
        ),
    ]
