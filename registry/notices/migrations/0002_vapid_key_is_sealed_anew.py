"""The key of Web Push is one of those that ``registry_key reencrypt`` seals anew."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_notices_devices_and_choices")]

    operations = [
        migrations.RenameField(model_name="vapidkey", old_name="sealed", new_name="private_key_encrypted"),
    ]
