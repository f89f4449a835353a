"""The tables as first published."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing to 0001."""
    op.create_table(
        "campaigns",
        sa.Column("campaign_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("service_provider", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("campaign_name", sa.Text(), nullable=True),
        sa.Column("channels", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("template_ids", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("first_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("sent_count", sa.BigInteger(), nullable=False),
        sa.Column("delivered_count", sa.BigInteger(), nullable=False),
        sa.Column("opened_count", sa.BigInteger(), nullable=False),
        sa.Column("clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("bounced_count", sa.BigInteger(), nullable=False),
        sa.Column("unsubscribed_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_key", name=op.f("pk_campaigns")),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaigns_campaign_id"), ["campaign_id"], unique=False, postgresql_using="spgist"
        )

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
        "households",
        sa.Column("household_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.Column("has_shared_address", sa.Boolean(), nullable=False),
        sa.Column("has_shared_phone", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_households")),
    )
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
        "products",
        sa.Column("product_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("product_sku", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=True),
        sa.Column("product_category", sa.Text(), nullable=True),
        sa.Column("product_category_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("product_image_link", sa.Text(), nullable=True),
        sa.Column("product_link", sa.Text(), nullable=True),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("price_4_sale", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("product_key", name=op.f("pk_products")),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_products_product_category_id"),
            ["product_category_id"],
            unique=False,
            postgresql_using="spgist",
        )
        batch_op.create_index(
            batch_op.f("ix_products_product_sku"), ["product_sku"], unique=False, postgresql_using="spgist"
        )

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
        sa.Column("membership_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earn_point", sa.BigInteger(), nullable=True),
        sa.Column("redeem_point", sa.BigInteger(), nullable=True),
        sa.Column("loyalty_point", sa.BigInteger(), nullable=True),
        sa.Column("lead_count", sa.BigInteger(), nullable=False),
        sa.Column("converted_lead_count", sa.BigInteger(), nullable=False),
        sa.Column("gone_lead_count", sa.BigInteger(), nullable=False),
        sa.Column("lead_converted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_state", sa.Text(), nullable=True),
        sa.Column("lead_status", sa.Text(), nullable=True),
        sa.Column("lead_status_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_status_change_count", sa.BigInteger(), nullable=False),
        sa.Column("lead_source_channel", sa.Text(), nullable=True),
        sa.Column("lead_source_name", sa.Text(), nullable=True),
        sa.Column("prospect_level", sa.BigInteger(), nullable=True),
        sa.Column("lead_single_opt_in", sa.Text(), nullable=True),
        sa.Column("lead_double_opt_in", sa.Text(), nullable=True),
        sa.Column("lead_staff_id", sa.Text(), nullable=True),
        sa.Column("lead_life_cycle", sa.Text(), nullable=True),
        sa.Column("lead_action_status", sa.Text(), nullable=True),
        sa.Column("first_touch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_touch_source_channel", sa.Text(), nullable=True),
        sa.Column("first_touch_source_name", sa.Text(), nullable=True),
        sa.Column("first_touch_source_name_level_2", sa.Text(), nullable=True),
        sa.Column("first_touch_source_name_level_3", sa.Text(), nullable=True),
        sa.Column("first_touch_form_name", sa.Text(), nullable=True),
        sa.Column("last_touch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_touch_source_channel", sa.Text(), nullable=True),
        sa.Column("last_touch_source_name", sa.Text(), nullable=True),
        sa.Column("last_touch_source_name_level_2", sa.Text(), nullable=True),
        sa.Column("last_touch_source_name_level_3", sa.Text(), nullable=True),
        sa.Column("last_touch_form_name", sa.Text(), nullable=True),
        sa.Column("activity_count", sa.BigInteger(), nullable=False),
        sa.Column("activities_30_days", sa.BigInteger(), nullable=False),
        sa.Column("activities_90_days", sa.BigInteger(), nullable=False),
        sa.Column("activities_365_days", sa.BigInteger(), nullable=False),
        sa.Column("first_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("product_activity_count", sa.BigInteger(), nullable=False),
        sa.Column("comment_count", sa.BigInteger(), nullable=False),
        sa.Column("review_count", sa.BigInteger(), nullable=False),
        sa.Column("average_rating", sa.Double(), nullable=True),
        sa.Column("email_sent_count", sa.BigInteger(), nullable=False),
        sa.Column("email_delivered_count", sa.BigInteger(), nullable=False),
        sa.Column("email_opened_count", sa.BigInteger(), nullable=False),
        sa.Column("email_clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("email_bounced_count", sa.BigInteger(), nullable=False),
        sa.Column("email_unsubscribed_count", sa.BigInteger(), nullable=False),
        sa.Column("email_complained_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_sent_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_delivered_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_opened_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_bounced_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_unsubscribed_count", sa.BigInteger(), nullable=False),
        sa.Column("sms_complained_count", sa.BigInteger(), nullable=False),
        sa.Column("email_delivery_rate", sa.Double(), nullable=True),
        sa.Column("email_open_rate", sa.Double(), nullable=True),
        sa.Column("email_click_rate", sa.Double(), nullable=True),
        sa.Column("email_bounce_rate", sa.Double(), nullable=True),
        sa.Column("email_unsubscribe_rate", sa.Double(), nullable=True),
        sa.Column("sms_delivery_rate", sa.Double(), nullable=True),
        sa.Column("sms_open_rate", sa.Double(), nullable=True),
        sa.Column("sms_click_rate", sa.Double(), nullable=True),
        sa.Column("sms_bounce_rate", sa.Double(), nullable=True),
        sa.Column("sms_unsubscribe_rate", sa.Double(), nullable=True),
        sa.Column("most_viewed_product_sku", sa.Text(), nullable=True),
        sa.Column("most_viewed_category", sa.Text(), nullable=True),
        sa.Column("wishlisted_products", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("wishlisted_categories", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("recency_score", sa.BigInteger(), nullable=True),
        sa.Column("frequency_score", sa.BigInteger(), nullable=True),
        sa.Column("activity_frequency", sa.BigInteger(), nullable=True),
        sa.Column("activity_recency_days", sa.BigInteger(), nullable=True),
        sa.Column("subscription_count", sa.BigInteger(), nullable=False),
        sa.Column("active_subscription_count", sa.BigInteger(), nullable=False),
        sa.Column("can_email", sa.Boolean(), nullable=True),
        sa.Column("can_email_basis", sa.Text(), nullable=True),
        sa.Column("can_email_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("can_sms", sa.Boolean(), nullable=True),
        sa.Column("can_sms_basis", sa.Text(), nullable=True),
        sa.Column("can_sms_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("household_id", sa.Text(), nullable=True),
        sa.Column("household_size", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profiles")),
    )
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profiles_household_id"), ["household_id"], unique=False, postgresql_using="spgist"
        )
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
        "stores",
        sa.Column("store_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("store_name", sa.Text(), nullable=True),
        sa.Column("store_city", sa.Text(), nullable=True),
        sa.Column("store_district", sa.Text(), nullable=True),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("store_key", name=op.f("pk_stores")),
    )
    with op.batch_alter_table("stores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stores_store_id"), ["store_id"], unique=False, postgresql_using="spgist")

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
        "household_evidence",
        sa.Column("household_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("evidence_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.Column("person_ids", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.household_id"],
            name=op.f("fk_household_evidence_household_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("household_id", "kind", "evidence_key", name=op.f("pk_household_evidence")),
    )
    op.create_table(
        "household_members",
        sa.Column("household_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.household_id"],
            name=op.f("fk_household_members_household_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_household_members_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_household_members")),
    )
    with op.batch_alter_table("household_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_members_household_id"), ["household_id"], unique=False)

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
        sa.Column("outcome", sa.Text(), nullable=True),
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
        sa.Column("parent_record_key", sa.Text(), nullable=True),
        sa.Column("parent_problem", sa.Text(), nullable=True),
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
        "profile_activity_counts",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("object_type", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("activity_type", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("last_30_days", sa.BigInteger(), nullable=False),
        sa.Column("last_90_days", sa.BigInteger(), nullable=False),
        sa.Column("last_365_days", sa.BigInteger(), nullable=False),
        sa.Column("ever", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_activity_counts_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "object_type", "activity_type", name=op.f("pk_profile_activity_counts")),
    )
    with op.batch_alter_table("profile_activity_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_activity_counts_activity_type"), ["activity_type"], unique=False)

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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("country_problem", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
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
        sa.Column("is_deciding", sa.Boolean(), nullable=False),
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
        sa.Column("delivered_count", sa.BigInteger(), nullable=False),
        sa.Column("opened_count", sa.BigInteger(), nullable=False),
        sa.Column("clicked_count", sa.BigInteger(), nullable=False),
        sa.Column("bounced_count", sa.BigInteger(), nullable=False),
        sa.Column("hard_bounced_count", sa.BigInteger(), nullable=False),
        sa.Column("unsubscribed_count", sa.BigInteger(), nullable=False),
        sa.Column("complained_count", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verification", sa.Text(), nullable=True),
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
        "profile_engagement",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("clicked", sa.BigInteger(), nullable=False),
        sa.Column("bounced", sa.BigInteger(), nullable=False),
        sa.Column("unsubscribed", sa.BigInteger(), nullable=False),
        sa.Column("complained", sa.BigInteger(), nullable=False),
        sa.Column("deferred", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("open_events", sa.BigInteger(), nullable=False),
        sa.Column("click_events", sa.BigInteger(), nullable=False),
        sa.Column("delivery_rate", sa.Double(), nullable=True),
        sa.Column("open_rate", sa.Double(), nullable=True),
        sa.Column("click_rate", sa.Double(), nullable=True),
        sa.Column("bounce_rate", sa.Double(), nullable=True),
        sa.Column("unsubscribe_rate", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_engagement_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "channel", name=op.f("pk_profile_engagement")),
    )
    op.create_table(
        "profile_lead_addresses",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("address_id", sa.Text(), nullable=True),
        sa.Column("address_1", sa.Text(), nullable=True),
        sa.Column("address_2", sa.Text(), nullable=True),
        sa.Column("address_city", sa.Text(), nullable=True),
        sa.Column("address_state", sa.Text(), nullable=True),
        sa.Column("address_postal_code", sa.Text(), nullable=True),
        sa.Column("address_country", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("address_type", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_lead_addresses_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", name=op.f("pk_profile_lead_addresses")),
    )
    with op.batch_alter_table("profile_lead_addresses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_lead_addresses_address_city"),
            ["address_city"],
            unique=False,
            postgresql_using="spgist",
        )
        batch_op.create_index(batch_op.f("ix_profile_lead_addresses_person_id"), ["person_id"], unique=False)

    op.create_table(
        "profile_lead_pets",
        sa.Column("record_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("pet_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("pet_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("pet_name", sa.Text(), nullable=True),
        sa.Column("pet_type", sa.Text(), nullable=True),
        sa.Column("breed", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("weight_unit", sa.Text(), nullable=True),
        sa.Column("fixed", sa.Text(), nullable=True),
        sa.Column("coat", sa.Text(), nullable=True),
        sa.Column("behavior", sa.Text(), nullable=True),
        sa.Column("evaluation_status", sa.Text(), nullable=True),
        sa.Column("photo", sa.Text(), nullable=True),
        sa.Column("vet_name", sa.Text(), nullable=True),
        sa.Column("vet_phone_number", sa.Text(), nullable=True),
        sa.Column("vet_address", sa.Text(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("weight_value", sa.Double(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("pet_codes", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("notes", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("vaccinations", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_lead_pets_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_key", "pet_number", name=op.f("pk_profile_lead_pets")),
    )
    with op.batch_alter_table("profile_lead_pets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_lead_pets_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_lead_pets_pet_id"), ["pet_id"], unique=False, postgresql_using="spgist"
        )

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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("change_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_record_key", sa.Text(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days_in_status", sa.Double(), nullable=True),
        sa.Column("days_in_old_status", sa.Double(), nullable=True),
        sa.Column("is_gap", sa.Boolean(), nullable=True),
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
        batch_op.create_index(
            batch_op.f("ix_profile_lead_status_history_lead_record_key"),
            ["lead_record_key"],
            unique=False,
            postgresql_using="spgist",
        )
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
        sa.Column("email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
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
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_change_count", sa.BigInteger(), nullable=False),
        sa.Column("is_converted", sa.Boolean(), nullable=False),
        sa.Column("was_customer_before", sa.Boolean(), nullable=False),
        sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("converted_by", sa.Text(), nullable=True),
        sa.Column("converted_customer_id", sa.Text(), nullable=True),
        sa.Column("converted_record_key", sa.Text(), nullable=True),
        sa.Column("gone_on", sa.Date(), nullable=True),
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
        batch_op.create_index(batch_op.f("ix_profile_leads_state"), ["state"], unique=False, postgresql_using="spgist")
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
        sa.Column(
            "customer_email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("points_add_up", sa.Boolean(), nullable=True),
        sa.Column("referred_by", sa.Text(), nullable=True),
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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
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
        "profile_products",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("product_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("internal_company_id", sa.Text(), nullable=True),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("product_sku", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=True),
        sa.Column("product_category", sa.Text(), nullable=True),
        sa.Column("product_category_id", sa.Text(), nullable=True),
        sa.Column("viewed_count", sa.BigInteger(), nullable=False),
        sa.Column("searched_count", sa.BigInteger(), nullable=False),
        sa.Column("wishlisted_count", sa.BigInteger(), nullable=False),
        sa.Column("carted_count", sa.BigInteger(), nullable=False),
        sa.Column("bought_count", sa.BigInteger(), nullable=False),
        sa.Column("other_count", sa.BigInteger(), nullable=False),
        sa.Column("comment_count", sa.BigInteger(), nullable=False),
        sa.Column("review_count", sa.BigInteger(), nullable=False),
        sa.Column("is_wishlisted", sa.Boolean(), nullable=False),
        sa.Column("last_rating", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_bought_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_products_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["product_key"],
            ["products.product_key"],
            name=op.f("fk_profile_products_product_key"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "product_key", name=op.f("pk_profile_products")),
    )
    with op.batch_alter_table("profile_products", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_products_product_key"), ["product_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_profile_products_product_sku"), ["product_sku"], unique=False, postgresql_using="spgist"
        )

    op.create_table(
        "profile_recency",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("last_active_on", sa.Date(), nullable=False),
        sa.Column("own_activities_365_days", sa.BigInteger(), nullable=False),
        sa.Column("recency_score", sa.BigInteger(), nullable=False),
        sa.Column("frequency_score", sa.BigInteger(), nullable=False),
        sa.Column("first_product_activity_on", sa.Date(), nullable=True),
        sa.Column("activity_frequency", sa.BigInteger(), nullable=True),
        sa.Column("activity_recency_days", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_recency_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profile_recency")),
    )
    with op.batch_alter_table("profile_recency", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_profile_recency_recency_score_frequency_score"),
            ["recency_score", "frequency_score"],
            unique=False,
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
        sa.Column(
            "customer_email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
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
        sa.Column("email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("related_person_id", sa.Text(), nullable=True),
        sa.Column("related_by", sa.Text(), nullable=True),
        sa.Column("related_problem", sa.Text(), nullable=True),
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
        sa.Column(
            "customer_email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
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
        sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
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

    op.create_table(
        "profile_values",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("attribute", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value_hash", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("is_winner", sa.Boolean(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=True),
        sa.Column("record_keys", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_values_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "attribute", "value_hash", name=op.f("pk_profile_values")),
    )
