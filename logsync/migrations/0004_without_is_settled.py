from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("logsync", "0003_what_is_known")]

    operations = [migrations.RemoveField(model_name="coveredrange", name="is_settled")]
