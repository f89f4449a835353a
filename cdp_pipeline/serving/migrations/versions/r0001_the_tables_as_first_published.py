"""The tables as first published."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing to 0001."""
    op.create_table(
        "household_relations",
        sa.Column("person_id_a", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id_b", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id_a", "person_id_b", "kind", "value", name=op.f("pk_household_relations")),
    )
    with op.batch_alter_table("household_relations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_relations_person_id_b"), ["person_id_b"], unique=False)

    op.create_table(
        "links",
        sa.Column("record_key_a", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("record_key_b", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("identifier_kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "record_key_a", "record_key_b", "rule", "identifier_kind", "status", name=op.f("pk_links")
        ),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_record_key_a"), ["record_key_a"], unique=False)
        batch_op.create_index(batch_op.f("ix_links_record_key_b"), ["record_key_b"], unique=False)

    op.create_table(
        "person_id_history",
        sa.Column("old_person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("change", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "old_person_id", "person_id", "change", "changed_at", name=op.f("pk_person_id_history")
        ),
    )
    with op.batch_alter_table("person_id_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_id_history_person_id"), ["person_id"], unique=False)

    op.create_table(
        "profiles",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("nick_names", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("marital_status", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("customer_group", sa.Text(), nullable=True),
        sa.Column("store_id", sa.Text(), nullable=True),
        sa.Column("source_channel", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("primary_phone", sa.Text(), nullable=True),
        sa.Column("primary_email", sa.Text(), nullable=True),
        sa.Column("address_type", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("building", sa.Text(), nullable=True),
        sa.Column("building_block", sa.Text(), nullable=True),
        sa.Column("apartment_code", sa.Text(), nullable=True),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("system_count", sa.BigInteger(), nullable=False),
        sa.Column("customer_ids", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("lead_ids", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("membership_count", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.Text(), nullable=True),
        sa.Column("membership_type", sa.Text(), nullable=True),
        sa.Column("membership_status", sa.Text(), nullable=True),
        sa.Column("loyalty_point", sa.BigInteger(), nullable=True),
        sa.Column("lead_count", sa.BigInteger(), nullable=False),
        sa.Column("lead_status", sa.Text(), nullable=True),
        sa.Column("lead_source_channel", sa.Text(), nullable=True),
        sa.Column("lead_source_name", sa.Text(), nullable=True),
        sa.Column("prospect_level", sa.BigInteger(), nullable=True),
        sa.Column("activity_count", sa.BigInteger(), nullable=False),
        sa.Column("first_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("product_activity_count", sa.BigInteger(), nullable=False),
        sa.Column("comment_count", sa.BigInteger(), nullable=False),
        sa.Column("review_count", sa.BigInteger(), nullable=False),
        sa.Column("average_rating", sa.Double(), nullable=True),
        sa.Column("email_opened_count", sa.BigInteger(), nullable=False),
        sa.Column("email_clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("can_email", sa.Boolean(), nullable=True),
        sa.Column("can_sms", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profiles")),
    )
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profiles_kind"), ["kind"], unique=False, postgresql_using="spgist")
        batch_op.create_index(
            batch_op.f("ix_profiles_primary_email"), ["primary_email"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_profiles_primary_phone"), ["primary_phone"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "quality_findings",
        sa.Column("finding_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("drop_date", sa.Date(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("finding_key", name=op.f("pk_quality_findings")),
    )
    with op.batch_alter_table("quality_findings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quality_findings_object_type_drop_date"), ["object_type", "drop_date"], unique=False
        )

    op.create_table(
        "rejected_records",
        sa.Column("object_type", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("drop_date", sa.Date(), nullable=True),
        sa.Column("source_file", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("source_row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "object_type", "source_file", "source_row", "entry_number", name=op.f("pk_rejected_records")
        ),
    )
    with op.batch_alter_table("rejected_records", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rejected_records_object_type_drop_date"), ["object_type", "drop_date"], unique=False
        )

    op.create_table(
        "run_ledger",
        sa.Column("ledger_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("drop_date", sa.Date(), nullable=True),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ledger_key", name=op.f("pk_run_ledger")),
    )
    with op.batch_alter_table("run_ledger", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_run_ledger_object_type_drop_date"), ["object_type", "drop_date"], unique=False
        )

    op.create_table(
        "skipped_identifiers",
        sa.Column("scope", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("holders", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "kind", "value", name=op.f("pk_skipped_identifiers")),
    )
    op.create_table(
        "suggested_links",
        sa.Column("record_key_a", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("record_key_b", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id_a", sa.Text(), nullable=False),
        sa.Column("person_id_b", sa.Text(), nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=False),
        sa.Column("match_probability", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("record_key_a", "record_key_b", name=op.f("pk_suggested_links")),
    )
    with op.batch_alter_table("suggested_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_suggested_links_person_id_a"), ["person_id_a"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_suggested_links_person_id_b"), ["person_id_b"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "unlinked_records",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_unlinked_records")),
    )
    with op.batch_alter_table("unlinked_records", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unlinked_records_reason"), ["reason"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_unlinked_records_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_activities",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("activity_type", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action_status", sa.Text(), nullable=True),
        sa.Column("text_result", sa.Text(), nullable=True),
        sa.Column("bool_result", sa.Boolean(), nullable=True),
        sa.Column("long_result", sa.BigInteger(), nullable=True),
        sa.Column("double_result", sa.Double(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("product_sku", sa.Text(), nullable=True),
        sa.Column("product_name", sa.Text(), nullable=True),
        sa.Column("product_category", sa.Text(), nullable=True),
        sa.Column("product_category_id", sa.Text(), nullable=True),
        sa.Column("product_image_link", sa.Text(), nullable=True),
        sa.Column("product_link", sa.Text(), nullable=True),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("price_4_sale", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("image_links", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("parent_comment_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("service_provider", sa.Text(), nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("campaign_name", sa.Text(), nullable=True),
        sa.Column("template_id", sa.Text(), nullable=True),
        sa.Column("template_name", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("track_id", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("link_2", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_activities_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_activities")),
    )
    with op.batch_alter_table("profile_activities", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_activities_campaign_id"), ["campaign_id"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_profile_activities_person_id_occurred_at"), ["person_id", "occurred_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_profile_activities_product_sku"), ["product_sku"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_profile_activities_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_addresses",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("address_type", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("country_alpha_code_2", sa.Text(), nullable=True),
        sa.Column("country_alpha_code_3", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("zip_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("ward", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("building", sa.Text(), nullable=True),
        sa.Column("building_block", sa.Text(), nullable=True),
        sa.Column("apartment_code", sa.Text(), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_addresses_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_addresses")),
    )
    with op.batch_alter_table("profile_addresses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_addresses_city"), ["city"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(batch_op.f("ix_profile_addresses_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_addresses_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_consents",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_consents_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", "purpose", "channel", name=op.f("pk_profile_consents")),
    )
    with op.batch_alter_table("profile_consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_consents_person_id"), ["person_id"], unique=False)

    op.create_table(
        "profile_contacts",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("contact_type", sa.Text(), nullable=True),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_contacts_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "value", name=op.f("pk_profile_contacts")),
    )
    with op.batch_alter_table("profile_contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_contacts_kind_value"), ["kind", "value"], unique=False)

    op.create_table(
        "profile_custom_fields",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("container", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column("number_value", sa.Double(), nullable=True),
        sa.Column("moment_value", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flag_value", sa.Boolean(), nullable=True),
        sa.Column("list_value", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("related_entity", sa.Text(), nullable=True),
        sa.Column("is_castable", sa.Boolean(), nullable=False),
        sa.Column("drop_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_custom_fields_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", "container", "key", name=op.f("pk_profile_custom_fields")),
    )
    with op.batch_alter_table("profile_custom_fields", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_custom_fields_person_id"), ["person_id"], unique=False)

    op.create_table(
        "profile_lead_status_history",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("old_status", sa.Text(), nullable=True),
        sa.Column("new_status", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("change_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_lead_status_history_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", "change_number", name=op.f("pk_profile_lead_status_history")),
    )
    with op.batch_alter_table("profile_lead_status_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_lead_status_history_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_lead_status_history_source_id"),
            ["source_id"],
            unique=False,
            postgresql_using="spgist",
        )

    op.create_table(
        "profile_leads",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("phone_others_e164", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_normalized", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("dob", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("ga_tid", sa.Text(), nullable=True),
        sa.Column("ga_cid", sa.Text(), nullable=True),
        sa.Column("o2o_cid", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("form_name", sa.Text(), nullable=True),
        sa.Column("form_vs", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("source_channel", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("source_name_level_2", sa.Text(), nullable=True),
        sa.Column("source_name_level_3", sa.Text(), nullable=True),
        sa.Column("double_opt_in", sa.Text(), nullable=True),
        sa.Column("single_opt_in", sa.Text(), nullable=True),
        sa.Column("facebook_id", sa.Text(), nullable=True),
        sa.Column("zalo_id", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("twitter_id", sa.Text(), nullable=True),
        sa.Column("instagram_id", sa.Text(), nullable=True),
        sa.Column("prospect_level", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("life_cycle_id", sa.Text(), nullable=True),
        sa.Column("life_cycle_is_default", sa.Boolean(), nullable=True),
        sa.Column("action_status_id", sa.Text(), nullable=True),
        sa.Column("action_status_name", sa.Text(), nullable=True),
        sa.Column("action_status_color", sa.Text(), nullable=True),
        sa.Column("referral_source_id", sa.Text(), nullable=True),
        sa.Column("avatar", sa.Text(), nullable=True),
        sa.Column("preferred_business_id", sa.Text(), nullable=True),
        sa.Column("allocate_staff_id", sa.Text(), nullable=True),
        sa.Column("pets", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_leads_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_leads")),
    )
    with op.batch_alter_table("profile_leads", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_leads_customer_id"), ["customer_id"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(batch_op.f("ix_profile_leads_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_leads_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_profile_leads_status"), ["status"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_memberships",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("customer_email_normalized", sa.Text(), nullable=True),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_phone_e164", sa.Text(), nullable=True),
        sa.Column(
            "customer_phone_others_e164", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("membership_id", sa.Text(), nullable=True),
        sa.Column("membership_type", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("membership_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("membership_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earn_point", sa.BigInteger(), nullable=True),
        sa.Column("loyalty_point", sa.BigInteger(), nullable=True),
        sa.Column("redeem_point", sa.BigInteger(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_memberships_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_memberships")),
    )
    with op.batch_alter_table("profile_memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_memberships_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_memberships_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_photos",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("photo_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_photos_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", "photo_number", name=op.f("pk_profile_photos")),
    )
    with op.batch_alter_table("profile_photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_photos_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_photos_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_records",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_records_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_records")),
    )
    with op.batch_alter_table("profile_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_records_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_records_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_relationships",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("customer_email_normalized", sa.Text(), nullable=True),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_phone_e164", sa.Text(), nullable=True),
        sa.Column(
            "customer_phone_others_e164", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("relationship_id", sa.Text(), nullable=True),
        sa.Column("relationship", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("phone_others_e164", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_normalized", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("dob", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("related_person_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_relationships_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["related_person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_relationships_related_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_relationships")),
    )
    with op.batch_alter_table("profile_relationships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_relationships_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_relationships_related_person_id"), ["related_person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_profile_relationships_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_subscriptions",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Text(), nullable=True),
        sa.Column("timezone_gmt", sa.BigInteger(), nullable=True),
        sa.Column("record_status", sa.Text(), nullable=True),
        sa.Column("subscribe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subscribe_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_phone_e164", sa.Text(), nullable=True),
        sa.Column(
            "customer_phone_others_e164", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("customer_email_normalized", sa.Text(), nullable=True),
        sa.Column("customer_country", sa.Text(), nullable=True),
        sa.Column("customer_city", sa.Text(), nullable=True),
        sa.Column("customer_district", sa.Text(), nullable=True),
        sa.Column("customer_address", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("product_sku", sa.Text(), nullable=True),
        sa.Column("product_name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("store_id", sa.Text(), nullable=True),
        sa.Column("store_name", sa.Text(), nullable=True),
        sa.Column("store_city", sa.Text(), nullable=True),
        sa.Column("store_district", sa.Text(), nullable=True),
        sa.Column("subscribe_email", sa.Boolean(), nullable=True),
        sa.Column("subscribe_phone", sa.Boolean(), nullable=True),
        sa.Column("source_channel", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("source_name_level_2", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_subscriptions_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_subscriptions")),
    )
    with op.batch_alter_table("profile_subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_subscriptions_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_subscriptions_product_sku"), ["product_sku"], unique=False, postgresql_using="spgist"
        )
        batch_op.create_index(
            batch_op.f("ix_profile_subscriptions_source_id"), ["source_id"], unique=False, postgresql_using="spgist"
        )
