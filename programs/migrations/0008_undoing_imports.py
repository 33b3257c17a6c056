# Written by makemigrations.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0004_ledger_and_terminals'),
        ('programs', '0007_offline_and_webhooks'),
    ]

    operations = [
        migrations.AddField(
            model_name='importbatch',
            name='undone_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='undone'),
        ),
        migrations.AddField(
            model_name='importrow',
            name='undo',
            field=models.CharField(blank=True, choices=[('undone', 'taken back'), ('edited', 'somebody changed this person since'), ('keys', 'their phones, cards or addresses have changed since'), ('bought', 'they have bought something since'), ('spent', 'they have spent the points, or hold them for a purchase'), ('moved', 'their points have moved since'), ('burnt', 'the points have burnt since'), ('consent', 'they have said since what they want to receive'), ('household', 'they share an account with somebody since'), ('merged', 'they were merged with somebody since'), ('erased', 'they were erased since'), ('no_picture', 'how they were before the import is not known any more')], db_default='', max_length=20, verbose_name='undoing'),
        ),
        migrations.AlterField(
            model_name='importbatch',
            name='state',
            field=models.CharField(choices=[('uploaded', 'uploaded'), ('checking', 'being checked'), ('checked', 'checked, not yet applied'), ('applying', 'being applied'), ('done', 'applied'), ('refused', 'refused'), ('undoing', 'being undone'), ('undone', 'undone')], default='uploaded', max_length=8, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='kind',
            field=models.CharField(choices=[('earn', 'earned'), ('redeem', 'redeemed'), ('restore', 'given back for returned goods'), ('return', 'goods returned'), ('opening', 'opening balance'), ('adjust', 'set by import'), ('activate', 'became spendable'), ('expire', 'burnt'), ('gift', 'given'), ('correct', 'adjusted'), ('reinstate', 'burnt points given back'), ('transfer', 'moved within the household'), ('hold', 'held'), ('release', 'no longer held'), ('undo', 'import taken back')], max_length=12, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('undo__in', ['', 'undone']), _negated=True), fields=['batch', 'line'], name='programs_importrow_kept'),
        ),
    ]
