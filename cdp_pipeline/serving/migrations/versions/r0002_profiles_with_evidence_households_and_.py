"""Profiles with evidence, households and dimensions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From 0001 to 0002."""
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
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("recency_days", sa.BigInteger(), nullable=False),
        sa.Column("own_activities_365_days", sa.BigInteger(), nullable=False),
        sa.Column("recency_score", sa.BigInteger(), nullable=False),
        sa.Column("frequency_score", sa.BigInteger(), nullable=False),
        sa.Column("activity_frequency", sa.BigInteger(), nullable=True),
        sa.Column("activity_recency_days", sa.BigInteger(), nullable=True),
        sa.Column("activity_age_days", sa.BigInteger(), nullable=True),
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
    with op.batch_alter_table("profile_activities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outcome", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("parent_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("parent_problem", sa.Text(), nullable=True))

    with op.batch_alter_table("profile_addresses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country_problem", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("is_current", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))

    with op.batch_alter_table("profile_addresses", schema=None) as batch_op:
        batch_op.alter_column("is_current", existing_type=sa.Boolean(), server_default=None, existing_nullable=False)

    with op.batch_alter_table("profile_consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_deciding", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))

    with op.batch_alter_table("profile_consents", schema=None) as batch_op:
        batch_op.alter_column("is_deciding", existing_type=sa.Boolean(), server_default=None, existing_nullable=False)

    with op.batch_alter_table("profile_contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivered_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("opened_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("clicked_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("bounced_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(
            sa.Column("hard_bounced_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("unsubscribed_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("complained_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_bounced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verification", sa.Text(), nullable=True))

    with op.batch_alter_table("profile_contacts", schema=None) as batch_op:
        batch_op.alter_column(
            "delivered_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "opened_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "clicked_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "bounced_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "hard_bounced_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "unsubscribed_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "complained_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )

    with op.batch_alter_table("profile_lead_status_history", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lead_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("days_in_status", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("days_in_old_status", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("is_gap", sa.Boolean(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_profile_lead_status_history_lead_record_key"),
            ["lead_record_key"],
            unique=False,
            postgresql_using="spgist",
        )

    with op.batch_alter_table("profile_leads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.Text(), server_default=sa.text("('')"), nullable=False))
        batch_op.add_column(sa.Column("status_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("status_change_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("is_converted", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(
            sa.Column("was_customer_before", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )
        batch_op.add_column(sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("converted_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("converted_customer_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("converted_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("gone_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_profile_leads_state"), ["state"], unique=False, postgresql_using="spgist")

    with op.batch_alter_table("profile_leads", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.Text(), server_default=None, existing_nullable=False)
        batch_op.alter_column(
            "status_change_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column("is_converted", existing_type=sa.Boolean(), server_default=None, existing_nullable=False)
        batch_op.alter_column(
            "was_customer_before", existing_type=sa.Boolean(), server_default=None, existing_nullable=False
        )

    with op.batch_alter_table("profile_memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("points_add_up", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("referred_by", sa.Text(), nullable=True))

    with op.batch_alter_table("profile_relationships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("related_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("related_problem", sa.Text(), nullable=True))

    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country_alpha_code_2", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("country_alpha_code_3", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("membership_issued_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("earn_point", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("redeem_point", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("converted_lead_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("gone_lead_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("lead_converted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lead_state", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("lead_status_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("lead_status_change_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("lead_single_opt_in", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("lead_double_opt_in", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("lead_staff_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("lead_life_cycle", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("lead_action_status", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("first_touch_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("first_touch_source_channel", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("first_touch_source_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("first_touch_source_name_level_2", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("first_touch_source_name_level_3", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("first_touch_form_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_touch_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_touch_source_channel", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_touch_source_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_touch_source_name_level_2", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_touch_source_name_level_3", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_touch_form_name", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("activities_30_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("activities_90_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("activities_365_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("email_sent_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(
            sa.Column("email_delivered_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("email_bounced_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("email_unsubscribed_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("email_complained_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("sms_sent_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(
            sa.Column("sms_delivered_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("sms_opened_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(
            sa.Column("sms_bounced_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("sms_unsubscribed_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("sms_complained_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("email_delivery_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("email_open_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("email_click_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("email_bounce_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("email_unsubscribe_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sms_delivery_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sms_open_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sms_click_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sms_bounce_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("sms_unsubscribe_rate", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("most_viewed_product_sku", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("most_viewed_category", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("wishlisted_products", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("wishlisted_categories", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(sa.Column("recency_score", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("frequency_score", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("activity_frequency", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("activity_recency_days", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("subscription_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("active_subscription_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("can_email_basis", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("can_email_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("can_sms_basis", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("can_sms_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("household_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("household_size", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_profiles_household_id"), ["household_id"], unique=False, postgresql_using="spgist"
        )

    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.alter_column(
            "converted_lead_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "gone_lead_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "lead_status_change_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "activities_30_days", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "activities_90_days", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "activities_365_days", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "email_sent_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "email_delivered_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "email_bounced_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "email_unsubscribed_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "email_complained_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_sent_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_delivered_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_opened_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_bounced_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_unsubscribed_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "sms_complained_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "subscription_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
        batch_op.alter_column(
            "active_subscription_count", existing_type=sa.BigInteger(), server_default=None, existing_nullable=False
        )
