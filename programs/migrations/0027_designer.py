from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0026_receipt_taxes'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='rule',
            options={'ordering': ['position', 'id'], 'verbose_name': 'rule', 'verbose_name_plural': 'rules'},
        ),
        migrations.AddField(
            model_name='rule',
            name='position',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='place'),
        ),
    ]
