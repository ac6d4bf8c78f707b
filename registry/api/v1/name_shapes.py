"""The shapes of zones, names, records, transfers and domains on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.serializers import StrictSerializer
from registry.directory.holdings import transferring_ids
from registry.directory.limits import (
    LABEL_OCTETS_MAX,
    RECORD_VALUE_BYTES_MAX,
    RECORDS_PER_NAME_MAX,
    TERM_YEARS_AHEAD_MAX,
    TTL_SECONDS_MAX,
    TTL_SECONDS_MIN,
)
from registry.directory.models import (
    NAME_LENGTH_MAX,
    TTL_SECONDS_DEFAULT,
    Domain,
    DomainState,
    Name,
    NameTransfer,
    RecordType,
    TransferState,
    Zone,
    ZoneKind,
)
from registry.directory.names import ascii_form, full_form, parse_name
from registry.directory.proofs import file_url, proof_text, txt_name
from registry.directory.records import RecordForm
from registry.directory.status import statuses_at
from registry.directory.zones import zone_full_form

CODE_LENGTH_MAX = 64


def _ttl(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=TTL_SECONDS_MIN, max_value=TTL_SECONDS_MAX, help_text="How long an answer may be kept.", **options
    )


class ZoneIn(StrictSerializer):
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=LABEL_OCTETS_MAX, help_text="Such as `acme`: names read `concierge.acme`."
    )


class ZoneOut(serializers.Serializer[Zone]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(ZoneKind.choices)
    ascii = serializers.SerializerMethodField(help_text="The form that DNS carries.")
    full_form = serializers.SerializerMethodField(help_text="The whole DNS name of the zone.")
    created_at = serializers.DateTimeField()

    def get_ascii(self, zone: Zone) -> str:
        return ascii_form(zone.label)

    def get_full_form(self, zone: Zone) -> str:
        return zone_full_form(zone)


class NameIn(StrictSerializer):
    name = serializers.CharField(max_length=NAME_LENGTH_MAX, help_text="Such as `concierge.acme`, in a zone of yours.")
    agent = serializers.CharField(max_length=ID_LENGTH_MAX, required=False, allow_null=True)
    ttl_seconds = _ttl(default=TTL_SECONDS_DEFAULT)


class NameChange(StrictSerializer):
    agent = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, allow_null=True, help_text="An agent of yours, or null for nobody."
    )
    ttl_seconds = _ttl(required=False)


class RecordIn(StrictSerializer):
    type = serializers.ChoiceField(RecordType.choices)
    value = serializers.CharField(max_length=RECORD_VALUE_BYTES_MAX)
    ttl_seconds = _ttl(default=TTL_SECONDS_DEFAULT)


class RecordsIn(StrictSerializer):
    records = serializers.ListField(child=RecordIn(), max_length=RECORDS_PER_NAME_MAX)


class RecordOut(serializers.Serializer[Any]):
    type = serializers.ChoiceField(RecordType.choices)
    value = serializers.CharField()
    ttl_seconds = serializers.IntegerField()


class RecordsOut(serializers.Serializer[Any]):
    records = RecordOut(many=True)


class RenewalIn(StrictSerializer):
    years = serializers.IntegerField(min_value=1, max_value=TERM_YEARS_AHEAD_MAX, default=1)


class TransferIn(StrictSerializer):
    to = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="The id of the organization that takes the name.")


class AcceptanceIn(StrictSerializer):
    code = serializers.CharField(max_length=CODE_LENGTH_MAX, help_text="What the other side was shown once.")


class NameOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField(source="fqn")
    ascii = serializers.SerializerMethodField(help_text="The form that DNS carries.")
    full_form = serializers.SerializerMethodField(help_text="The whole DNS name.")
    zone = serializers.CharField(source="zone.label")
    agent = serializers.CharField(source="agent_id", allow_null=True)
    ttl_seconds = serializers.IntegerField()
    statuses = serializers.SerializerMethodField(help_text="EPP status values (RFC 5731).")
    registered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_ascii(self, name: Name) -> str:
        return parse_name(name.fqn).ascii

    def get_full_form(self, name: Name) -> str:
        return full_form(name.fqn)

    def get_statuses(self, name: Name) -> list[str]:
        transferring = self.context.get("transferring")
        known = None if transferring is None else name.pk in transferring
        return statuses_at(name, self.context["at"], is_transferring=known)


class NameDetailOut(NameOut):
    records = serializers.SerializerMethodField()

    def get_records(self, name: Name) -> list[dict[str, Any]]:
        return list(RecordOut(name.records.order_by("type", "value"), many=True).data)


class TransferOut(serializers.Serializer[NameTransfer]):
    id = serializers.CharField()
    name = serializers.CharField(source="name.fqn")
    origin = serializers.CharField(source="origin_id")
    to = serializers.CharField(source="to_id")
    state = serializers.ChoiceField(TransferState.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class TransferWithCodeOut(TransferOut):
    code = serializers.CharField(allow_null=True, help_text="Shown this once: pass it to the other side.")


class DomainIn(StrictSerializer):
    domain = serializers.CharField(max_length=NAME_LENGTH_MAX, help_text="A registered domain, such as `example.com`.")


class DomainOut(serializers.Serializer[Domain]):
    id = serializers.CharField()
    domain = serializers.CharField()
    state = serializers.ChoiceField(DomainState.choices)
    method = serializers.CharField(allow_blank=True, help_text="`dns`, `https`, or empty before the first proof.")
    txt_name = serializers.SerializerMethodField(help_text="Where the TXT record goes.")
    file_url = serializers.SerializerMethodField(help_text="Or where the file goes.")
    proof = serializers.SerializerMethodField(help_text="What either has to say.")
    proven_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    next_check_at = serializers.DateTimeField(allow_null=True)
    last_result = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()

    def get_txt_name(self, domain: Domain) -> str:
        return txt_name(domain.domain)

    def get_file_url(self, domain: Domain) -> str:
        return file_url(domain.domain)

    def get_proof(self, domain: Domain) -> str:
        return proof_text(domain.token)


def names_out(names: Sequence[Name], at: datetime) -> list[dict[str, Any]]:
    """The wire form of a page of names, with one query for all transfers."""
    context = {"at": at, "transferring": transferring_ids(names, at=at)}
    return list(NameOut(names, many=True, context=context).data)


def name_out(name: Name, at: datetime) -> dict[str, Any]:
    return dict(NameDetailOut(name, context={"at": at}).data)


def record_forms(records: list[dict[str, Any]]) -> list[RecordForm]:
    return [RecordForm(**record) for record in records]
