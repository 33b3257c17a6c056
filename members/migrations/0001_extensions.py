from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Before the first table: the name index needs trigrams."""

    initial = True
    dependencies = []
    operations = [TrigramExtension()]
