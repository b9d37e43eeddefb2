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

    Double,
    Float,
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
    Column("groups", Text, nullable=False),  # of a person who is no local account, when the link was made
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
)
