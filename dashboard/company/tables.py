"""The tables of the state store, as the newest migration leaves them; tests/company/test_state.py compares the two.

Times are whole seconds since 1970 in UTC. Lists are JSON texts. Secrets (session tokens, links) are kept only as
SHA-256; passwords only as argon2 hashes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
IDENTITY = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

USERS = Table(
    "users",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # what the person types to sign in, in small letters
    Column("title", Text, nullable=False, default=""),  # how the person is called on the screen
    Column("groups", Text, nullable=False, default="[]"),
    Column("password", Text),  # NULL until the person has chosen one
    Column("active", Boolean, nullable=False, default=True),
    Column("failures", Integer, nullable=False, default=0),  # wrong passwords since the last right one
    Column("locked_until", BigInteger, nullable=False, default=0),
    Column(
        "totp", Text
    ),  # the key that the person's app has too, as it must be to compute codes; NULL: no second factor
    Column(
        "totp_step", BigInteger, nullable=False, default=0
    ),  # of the newest code that was used; no older one is good
    Column("recovery", Text, nullable=False, default="[]"),  # SHA-256 of the codes for a lost app
    Column("created_at", BigInteger, nullable=False),
)

# Links that let a person choose a password, once: an invitation or a reset.
LINKS = Table(
    "links",
    METADATA,
    Column("token", Text, primary_key=True),  # SHA-256
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token", Text, primary_key=True),  # SHA-256 of the cookie
    Column(
        "user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True
    ),  # NULL: the person is not a local account
    Column("subject", Text, nullable=False),  # who it is: the name of a local account, or what the provider calls them
    Column("title", Text, nullable=False),
    Column("groups", Text, nullable=False),  # as the provider named them; those of a local account stand in users
    Column("method", Text, nullable=False),  # local, oidc or proxy
    Column("looking_as", Text),  # whose eyes an administrator looks with: title and groups; NULL: their own
    Column("provider_token", Text),  # the identity provider's token, which it wants back at sign-out
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# Tokens with which programs ask on behalf of a person, and get no more than the person may see.
API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # SHA-256
    Column("title", Text, nullable=False),  # what it is for
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True),  # NULL: not a local account
    Column("subject", Text, nullable=False),
    Column("groups", Text, nullable=False),  # of a person who is no local account, when the token was made
    Column("datasets", Text),  # a list; NULL: all that the person may see
    Column("clauses", Text, nullable=False, default="[]"),  # further conditions: [field, include, exclude] each
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False, default=0),
    Column("scopes", Text, nullable=False, default='["mcp", "read"]'),
    Column("old_token", Text, index=True),  # SHA-256 of the text before the last change, good until `old_until`
    Column("old_until", BigInteger, nullable=False, default=0),
    Column("confirmed_at", BigInteger, nullable=False, default=0),  # when a person without an account was last here
    Column("minute", BigInteger, nullable=False, default=0),  # of the last use, since 1970
    Column("uses", Integer, nullable=False, default=0),  # within that minute
)

# Saved views: an address with a name. `audience`: "" for the owner alone, "*" for everybody, else a group.
VIEWS = Table(
    "views",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("audience", Text, nullable=False, default=""),
    Column("place", Integer, nullable=False, default=0),  # among the owner's views, the first is 0
    Column("created_at", BigInteger, nullable=False),
)

# What a person opens the application with; of the subject "*", what everybody does who has chosen nothing.
STARTS = Table(
    "starts",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("view_id", ForeignKey("views.id", ondelete="CASCADE"), nullable=False, index=True),
)

# The language that a person reads, where they chose one: en, de or fr.
LANGUAGES = Table(
    "languages",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("language", Text, nullable=False),
)

# Work that must be done once, whichever process comes first: claimed by a lease, tried again after a failure.
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),  # which handler does it
    Column("name", Text, nullable=False),  # what it is about; a second job of the kind and name is not added
    Column("payload", Text, nullable=False, default="{}"),  # a JSON object for the handler
    Column("state", Text, nullable=False, default="waiting"),  # waiting, done or failed
    Column("due_at", BigInteger, nullable=False, default=0),  # not before
    Column("claimed_until", BigInteger, nullable=False, default=0),  # until then it is in the hands of a process
    Column("claim", Text, nullable=False, default=""),  # of which: a random text
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),  # why the last attempt failed
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False, default=0),  # when it was done, or given up
    UniqueConstraint("kind", "name", name="uq_jobs_kind_name"),
    Index("ix_jobs_state_due_at", "state", "due_at"),
)

# What was told to whom: each thing at most once on each channel. Whether it was sent is the state of its job.
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rule", Text, nullable=False),  # whose message: "alert:12", "digest:3"
    Column("period", Text, nullable=False),  # about what: "2026-03-01", "2026-03-01 over"
    Column("channel", Text, nullable=False),  # "mail:ann@example.com", "hook:ops"
    UniqueConstraint("rule", "period", "channel", name="uq_deliveries_rule_period_channel"),
)

# What stood in the file of policies, each time that it was changed on the page.
POLICY_VERSIONS = Table(
    "policy_versions",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
)

# Notes on a day or some days, among them decisions. A removed one stays, for its history.
NOTES = Table(
    "notes",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("author", Text, nullable=False, index=True),
    Column("author_title", Text, nullable=False),
    Column("data", Text, nullable=False, index=True),  # the data set
    Column("scope", Text, nullable=False),  # the clauses of the selection that it is about, as a query
    Column("address", Text, nullable=False),  # of the page that it was written on
    Column("first_day", Text, nullable=False),  # ISO
    Column("last_day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("audience", Text, nullable=False),  # as of views
    Column("metric", Text, nullable=False),  # what a decision is expected to change; "" of any other note
    Column("percent", Float, nullable=False),  # by how much; below 0 for a fall
    Column("check_day", Text, nullable=False),  # the last day that its outcome is measured on
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("checked_at", BigInteger),  # when somebody marked a decision as checked
)

NOTE_CHANGES = Table(
    "note_changes",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("note_id", ForeignKey("notes.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("did", Text, nullable=False),  # added, changed, removed or checked
    Column("before", Text, nullable=False),  # what a change replaced, as JSON; what was found at a check
)

# What a metric should reach in a period. A row says what a target is about and never changes; what it should reach, and
# whether it still counts, are versions, which are only added.
TARGETS = Table(
    "targets",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # SHA-256 of the data set and of what it is about
    Column("data", Text, nullable=False, index=True),
    Column("metric", Text, nullable=False),
    Column("first_day", Text, nullable=False),
    Column("end_day", Text, nullable=False),  # the day after the last
    Column("filters", Text, nullable=False, default=""),  # as an address writes them
    Column("title", Text, nullable=False, default=""),
)
TARGET_VERSIONS = Table(
    "target_versions",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("target_id", ForeignKey("targets.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # the first is 1
    Column("value", Double, nullable=False),
    Column("ended", Boolean, nullable=False, default=False),
    Column("note", Text, nullable=False, default=""),  # why
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("target_id", "number", name="uq_target_versions_target_id"),
)

# Alerts: rules of people, and (owner "") those of data sets whose TOML has some.
ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True),  # NULL: not a local account
    Column("groups", Text, nullable=False, default="[]"),  # of an owner who is no local account, at their last visit
    Column("confirmed_at", BigInteger, nullable=False, default=0),  # when that was
    Column("title", Text, nullable=False),
    Column("data", Text, nullable=False, index=True),
    Column("query", Text, nullable=False, default=""),  # the filters, as in an address
    Column("condition", Text, nullable=False),  # a JSON object
    Column("channels", Text, nullable=False, default="[]"),
    Column("quiet", Text, nullable=False, default=""),  # hours without messages, "20-7", in the data set's time zone
    Column("active", Boolean, nullable=False, default=True),
    Column("state", Text, nullable=False, default="new"),  # new, ok, firing, no data or error
    Column("checked", Text, nullable=False, default=""),  # the last period that was judged
    Column("told", Text, nullable=False, default=""),  # the period of the last message, while it fires
    Column("listed", Text, nullable=False, default="[]"),  # the products that it named last
    Column("note", Text, nullable=False, default=""),  # what it found last, in a sentence
    Column("changed_at", BigInteger, nullable=False, default=0),  # when the state last changed
    Column("created_at", BigInteger, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("what", Text, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Index("ix_audit_at", "at"),
    Index("ix_audit_who_at", "who", "at"),
)

# What a version of a data set says in short, as one policy sees it: two of them tell what changed in between.
RECAPS = Table(
    "recaps",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("data", Text, nullable=False),  # the data set
    Column("scope", Text, nullable=False),  # a digest of what may be seen, and of filters
    Column("version", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    UniqueConstraint("data", "scope", "version", name="uq_recaps_data_scope_version"),
)

# When somebody last looked at the Overview of a data set, at which version, and the same of the look before.
LOOKS = Table(
    "looks",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("data", Text, primary_key=True),
    Column("scope", Text, nullable=False),  # of the person's policy then
    Column("version", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("before_version", Text, nullable=False, default=""),  # "": they had not looked before
    Column("before_at", BigInteger, nullable=False, default=0),
)

# Links that show a saved or open view: to people who sign in, to anybody, or inside pages of other sites.
SHARES = Table(
    "shares",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # SHA-256
    Column("title", Text, nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True),  # NULL: not a local account
    Column("subject", Text, nullable=False, index=True),  # who shares it
    Column("person", Text, nullable=False),  # how they are called on the screen
    Column("groups", Text, nullable=False),  # of an owner who is no local account, at their last visit
    Column("page", Text, nullable=False),  # path
    Column("query", Text, nullable=False),
    Column("data", Text, nullable=False),  # the data set
    Column("version", Text, nullable=False, default=""),  # of the data; "": always the current one
    Column("public", Boolean, nullable=False, default=False),  # opens without a login
    Column("parents", Text, nullable=False, default="[]"),  # sites whose pages may show it
    Column("changeable", Boolean, nullable=False, default=False),
    Column("lines", Boolean, nullable=False, default=False),
    Column("files", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False, default=0),
    Column("opens", Integer, nullable=False, default=0),
    Column("confirmed_at", BigInteger, nullable=False, default=0),  # when an owner without an account was last here
)

# Mails that tell every day, week or month how a view stands.
DIGESTS = Table(
    "digests",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True),  # NULL: not a local account
    Column("groups", Text, nullable=False, default="[]"),  # of an owner who is no local account, at their last visit
    Column("confirmed_at", BigInteger, nullable=False, default=0),  # when that was
    Column("title", Text, nullable=False),
    Column("address", Text, nullable=False),  # of the page whose data set and filters it tells about
    Column("rhythm", Text, nullable=False),  # daily, weekly or monthly
    Column("hour", Integer, nullable=False),  # of the data set's time zone
    Column("audience", Text, nullable=False),  # "me", "group" or "mails"
    Column("group_name", Text, nullable=False, default=""),
    Column("mails", Text, nullable=False, default="[]"),  # addresses, where it is for no group
    Column("files", Text, nullable=False, default="[]"),  # attached: "report", "workbook"
    Column("secret", Text, nullable=False),  # signs the links with which people unsubscribe
    Column("since", Text, nullable=False),  # a day: periods that end by then were too early for it
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", BigInteger, nullable=False),
)

# The newest issue of a digest for each scope: how far it tells, and the recap that the next one compares with.
DIGEST_ISSUES = Table(
    "digest_issues",
    METADATA,
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("until", Text, nullable=False),  # the end of its period, not included
    Column("sent_at", BigInteger, nullable=False),
    Column("recap", Text, nullable=False),  # JSON
)

# Addresses that want no more of a digest.
DIGEST_LEAVERS = Table(
    "digest_leavers",
    METADATA,
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True),
    Column("mail", Text, primary_key=True),
    Column("left_at", BigInteger, nullable=False),
)

# People without an account here who have signed in with an identity provider, as it named them last.
VISITORS = Table(
    "visitors",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("mail", Text, nullable=False, default=""),  # that the provider has verified
    Column("groups", Text, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    Column("title", Text, nullable=False, default="", server_default=""),  # what the provider calls them
)

# What administrators have said of people who sign in with an identity provider: invited, in further groups, off.
MEMBERS = Table(
    "members",
    METADATA,
    Column("id", IDENTITY, primary_key=True),
    Column("mail", Text, unique=True),  # the address that was invited; NULL: they came without an invitation
    Column("subject", Text, unique=True),  # NULL until they have signed in
    Column("title", Text, nullable=False, default=""),
    Column("groups", Text, nullable=False, default="[]"),  # besides those that the provider names
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", BigInteger, nullable=False),
)
