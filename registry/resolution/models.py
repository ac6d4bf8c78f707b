"""Signed bytes, ready to be served, and the epochs that say whether they still hold."""

from __future__ import annotations

from django.db import models

from identity.agents.models import Agent
from identity.primitives.ids import ID_LENGTH_MAX


class Subject(models.Model):
    """The epoch of one agent: database triggers add one at any change of its status, keys, names, records or
    accountable organization. Whoever stores an answer holds this row and compares, so that an answer built from
    a state that has passed is never stored."""

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="+")
    epoch = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.agent_id} at {self.epoch}"


class Answer(models.Model):
    """The signed answer to one question, as it goes over the wire. It counts only while ``epoch`` is that of its
    subject and ``signed_with`` is the registry's current key; every reader compares both."""

    key = models.CharField(primary_key=True, max_length=300)
    agent_id = models.CharField(max_length=ID_LENGTH_MAX, db_index=True)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    etag = models.CharField(max_length=40)
    ttl_seconds = models.PositiveIntegerField()
    epoch = models.BigIntegerField()
    signed_with = models.CharField(max_length=40)
    refresh_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
