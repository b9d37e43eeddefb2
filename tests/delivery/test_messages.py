"""Messages: sent once to whom the settings allow, by mail and webhook, and nothing in a name does harm."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from analytics.errors import ConfigError, DeliveryError, RequestError
from analytics.language import in_language
from dashboard.company import backup
from dashboard.company.state import State
from dashboard.delivery import deliveries, jobs, mail, webhooks
from dashboard.delivery.deliveries import queue
from dashboard.delivery.jobs import BACK_OFF, LEASE_SECONDS, Runner
from dashboard.delivery.messages import Attachment, Message
from dashboard.delivery.senders import Senders
from dashboard.outgoing import is_public
from dashboard.settings import Settings
from dashboard.text.told import said
from tests.delivery.conftest import SECRET, Clock, runner_of
from tests.delivery.sinks import HookSink, MailSink

ANN = "mail:ann@example.org"
TOLD = [("alert:1", "2026-03-01")]
FELL = Message("Revenue fell", "Revenue fell by 20 %.\n€ 4,000", link="https://shop.example.org/trends")


def states(state: State) -> list[tuple[str, str, str]]:
    return [(d.channel, d.period, d.state) for d in deliveries.newest(state)]


# --- once
@pytest.mark.sampled(2)
def test_doubles_with_two_servers(state: State, settings: Settings, mails: MailSink, clock: Clock) -> None:
    """Two instances come to the same alert, and one dies with the message in its hands (grafana#7437,
    superset#22664)."""
    one, two = runner_of(state, settings), runner_of(state, settings)
    assert queue(state, ANN, TOLD, FELL) is not None
    assert queue(state, ANN, TOLD, replace(FELL, subject="The same, in other words")) is None
    assert jobs.claim(state, [deliveries.KIND]) is not None  # by one that dies now
    two.tick()
    assert mails.mails == []
    clock.pass_by(LEASE_SECONDS + 1)
    two.tick()
    one.tick()
    assert [m["Subject"] for m in mails.mails] == ["Revenue fell"]
    assert states(state) == [("mail:ann@example.org", "2026-03-01", "done")]
    assert queue(state, ANN, TOLD, FELL) is None, "nor ever again"


def test_what_was_sent_before_a_crash_comes_again_as_the_same_message(
    state: State, settings: Settings, mails: MailSink, hooks: HookSink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the sending and the note of it nobody can know: it is at least once, and the receiver can tell."""
    dying = runner_of(state, settings)
    queue(state, ANN, TOLD, FELL)
    queue(state, "hook:plain", TOLD, FELL)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "settle", lambda *_, **__: False)
        dying.tick()
    assert len(mails.mails) == len(hooks.posts) == 1
    clock.pass_by(LEASE_SECONDS + 1)
    runner_of(state, settings).tick()
    assert len(mails.mails) == len(hooks.posts) == 2
    assert mails.mails[0]["Message-ID"] == mails.mails[1]["Message-ID"]
    assert len({post.headers["Idempotency-Key"] for post in hooks.posts}) == 1
    assert hooks.posts[0].json["id"] == hooks.posts[1].json["id"]


def test_only_what_is_new_on_a_channel_is_told(state: State, runner: Runner, mails: MailSink) -> None:
    def write(new: Any) -> Message:
        return Message("Alerts", ", ".join(f"{rule} {period}" for rule, period in new))

    queue(state, ANN, [("a", "1")], write)
    queue(state, ANN, [("a", "1"), ("a", "2"), ("b", "1"), ("a", "2")], write)
    assert queue(state, ANN, [("a", "1")], write) is None
    assert queue(state, ANN, [], write) is None
    queue(state, "mail:bea@example.org", [("a", "1")], write)
    runner.tick()
    assert [m.get_content().strip() for m in mails.mails] == ["a 1", "a 2, b 1", "a 1"]
    assert mails.recipients == ["ann@example.org", "ann@example.org", "bea@example.org"]


def test_suppression_by_channel(state: State, runner: Runner, mails: MailSink, hooks: HookSink) -> None:
    """One channel that does not work keeps no other from its message (elementary#1511)."""
    mails.answers["RCPT"] = ["550 nobody here"]
    queue(state, ANN, TOLD, FELL)
    queue(state, "hook:plain", TOLD, FELL)
    for _ in range(2):
        runner.tick()
    assert len(hooks.posts) == 1
    assert {(d.channel, d.state) for d in deliveries.newest(state)} == {(ANN, "failed"), ("hook:plain", "done")}
    error = deliveries.newest(state)[1].error
    assert "550 nobody here" in error
    with in_language("de"):
        assert said(error).startswith("Mailserver ")
        assert "antwortet 550 nobody here." in said(error), "the reason in the language of whoever reads it"


@pytest.mark.parametrize("answer", ["451 later", "421 busy"])
def test_a_server_that_is_busy_is_asked_again(
    state: State, runner: Runner, mails: MailSink, clock: Clock, answer: str
) -> None:
    mails.answers["RCPT"] = [answer]
    queue(state, ANN, TOLD, FELL)
    runner.tick()
    runner.tick()
    assert states(state) == [(ANN, "2026-03-01", "waiting")]
    clock.pass_by(BACK_OFF[0] + 1)
    runner.tick()
    assert len(mails.mails) == 1


def test_a_message_waits_for_its_time(state: State, runner: Runner, mails: MailSink, clock: Clock) -> None:
    queue(state, ANN, TOLD, FELL, due_at=int(clock.now) + 3600)
    runner.tick()
    assert mails.mails == []
    clock.pass_by(3601)
    runner.tick()
    assert len(mails.mails) == 1


def test_what_waits_and_what_was_told_is_in_a_backup(state: State, tmp_path: Any) -> None:
    from dashboard.company.state import open_state

    queue(state, ANN, TOLD, FELL)
    other = open_state(Settings(state=tmp_path / "other.db"))
    assert other is not None
    backup.restore(other, list(backup.dump(state)))
    assert states(other) == states(state)
    assert queue(other, ANN, TOLD, FELL) is None


# --- mail
def test_a_mail_has_text_html_attachments_and_a_way_to_end_it(settings: Settings, mails: MailSink) -> None:
    message = Message(
        "Umsatz fällt — “sehr”",
        "Ünder\u2028all",
        html="<p>Überall</p>",
        attachments=(
            Attachment("Bericht/März.html", "text/html", b"<p>x</p>"),
            Attachment("a.xlsx", "application/zip", b"PK"),
        ),
        unsubscribe="https://shop.example.org/unsubscribe/abc",
    )
    Senders(settings).send(ANN, message, "7-1")
    mail_ = mails.mails[0]
    assert mail_["Subject"] == "Umsatz fällt — “sehr”"
    assert mail_["From"] == "Storesight <reports@example.org>"
    assert mail_["To"] == "ann@example.org"
    assert mail_["Message-ID"] == "<storesight.7-1@example.org>"
    assert mail_["List-Unsubscribe"] == "<https://shop.example.org/unsubscribe/abc>"
    assert mail_["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (mail_.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().split() == ["Ünder", "all"]
    assert html.get_content().strip() == "<p>Überall</p>"
    assert [(a.get_filename(), a.get_content()) for a in mail_.iter_attachments()] == [
        ("Bericht-März.html", "<p>x</p>"),
        ("a.xlsx", b"PK"),
    ]


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: eve@example.net", "x\nBcc: e@x.org\n\nbody", "x\u2028Bcc: e", "x\x00\x0by", "\ud800"]
)
def test_line_breaks_in_names_add_no_header(settings: Settings, mails: MailSink, evil: str) -> None:
    message = Message(evil, f"text {evil}", html=f"<p>{evil}</p>", attachments=(Attachment(evil, "text/plain", b"x"),))
    Senders(settings).send(ANN, message, "1-1")
    assert mails.recipients == ["ann@example.org"]
    assert mails.mails[0]["Bcc"] is None
    assert set(mails.mails[0].keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "ann@", "@example.org", "ann@example.org, eve@example.net", "ann@example.org\r\nRCPT TO:<e@x.org>",
        "Ann <ann@example.org>", '"a b"@example.org', "ann@exämple.org", "ann@[127.0.0.1]", "ann@localhost",
        "a b@example.org", f"{'a' * 65}@example.org", "ann@exam\u2028ple.org", "-oQ@example.net", "ann@sub.example.org",
    ],
)  # fmt: skip
def test_addresses_are_plain_ones_of_allowed_domains(settings: Settings, address: str) -> None:
    with pytest.raises(RequestError):
        Senders(settings).checked(f"mail:{address}")


def test_which_domains_mail_goes_to(settings: Settings) -> None:
    assert Senders(settings).checked(" mail:Ann.Lee+x@EXAMPLE.org ") == "mail:Ann.Lee+x@example.org"
    own = replace(settings, mail_domains=())
    assert Senders(own).checked(ANN) == ANN
    with pytest.raises(RequestError, match=r"may not be sent to example\.com"):
        Senders(own).checked("mail:ann@example.com")
    assert Senders(replace(settings, mail_domains=("*",))).checked("mail:a@anywhere.net") == "mail:a@anywhere.net"
    with pytest.raises(RequestError, match="cannot be sent here"):
        Senders(Settings()).checked(ANN)
    with pytest.raises(DeliveryError, match="may not be sent") as refused:  # the setting changed after it was queued
        Senders(own).send("mail:ann@example.com", FELL, "1-1")
    assert refused.value.final
    assert not Senders(Settings())
    assert Senders(settings)


def test_a_password_goes_only_through_tls(settings: Settings, mails: MailSink) -> None:
    for smtp, tls in (
        ("smtp://u:p@mail.example.org", "start"),
        ("smtps://u:p@mail.example.org", "whole"),
        ("smtp://mail.example.org?tls=off", "off"),
        ("smtp://localhost:25", "off"),
    ):
        server = mail.server_of(smtp, settings.mail_from)
        assert server is not None
        assert server.tls == tls
    server = mail.server_of(mails.address.replace("//", "//u:p%40@"), settings.mail_from)
    assert server is not None
    assert server.password == "p@"
    with pytest.raises(DeliveryError, match="cannot be reached"):  # the sink offers no TLS: nothing is sent
        mail.send(replace(server, tls="start"), "ann@example.org", FELL, "1-1")
    assert mails.mails == []
    with pytest.raises(ConfigError, match="needs a sender"):
        mail.server_of("smtp://localhost", "")


def test_attachments_have_an_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LARGEST_MAIL", 3)
    with pytest.raises(DeliveryError, match="more than") as refused:
        Senders(settings).send(ANN, replace(FELL, attachments=(Attachment("x", "a/b", b"1234"),)), "1-1")
    assert refused.value.final


def test_a_mail_server_that_is_gone_is_told_without_its_password(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = replace(settings, smtp=f"smtp://u:secret-word@127.0.0.1:{taken.getsockname()[1]}")
    with pytest.raises(DeliveryError, match="cannot be reached") as refused:
        Senders(gone).send(ANN, FELL, "1-1")
    assert not refused.value.final
    assert "secret-word" not in str(refused.value)


# --- webhooks
def test_a_webhook_is_signed(settings: Settings, hooks: HookSink, clock: Clock) -> None:
    Senders(settings).send("hook:plain", replace(FELL, facts={"metric": "revenue"}), "7-1")
    post = hooks.posts[0]
    assert post.path == "/plain?key=hidden"
    assert post.json == {
        "id": "7-1",
        "at": int(clock.now),
        "title": "Revenue fell",
        "text": "Revenue fell by 20 %.\n€ 4,000",
        "link": "https://shop.example.org/trends",
        "facts": {"metric": "revenue"},
    }
    stamp, _, found = post.headers["Storesight-Signature"].partition(",v1=")
    made = hmac.new(SECRET.encode(), stamp[2:].encode() + b"." + post.data, hashlib.sha256).hexdigest()
    assert found == made
    assert stamp == f"t={int(clock.now)}"


def test_names_become_no_links_or_mentions_in_a_chat(settings: Settings, hooks: HookSink) -> None:
    evil = Message(
        "<!channel> <https://evil.example|here>",
        "[here](https://evil.example) **x** <@U1>\nnext",
        link="https://ok.example",
    )
    for shape in ("slack", "teams"):
        Senders(settings).send(f"hook:{shape}", evil, "1-1")
    slack, teams = (post.json for post in hooks.posts)
    assert "<!" not in slack["text"]
    assert "<@" not in slack["text"]
    assert slack["text"].count("<") == 1  # our own link
    card = teams["attachments"][0]["content"]
    kinds = {block["type"] for block in card["body"]}
    assert kinds == {"RichTextBlock"}, "Teams reads Markdown in a TextBlock"
    assert card["actions"][0]["url"] == "https://ok.example"
    assert len(card["body"]) == 3


@pytest.mark.parametrize(("status", "final"), [(302, True), (404, True), (410, True), (429, False), (503, False)])
def test_what_a_webhook_answers(settings: Settings, hooks: HookSink, status: int, final: bool) -> None:
    hooks.statuses = [status]
    with pytest.raises(DeliveryError, match=f"webhook plain: answers {status}") as refused:
        Senders(settings).send("hook:plain", FELL, "1-1")
    assert refused.value.final is final
    assert "hidden" not in str(refused.value)
    assert len(hooks.posts) == 1, "no redirection is followed"


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fd00::1", "fe80::1%eth0", "ff02::1", "64:ff9b:1::1",
        "64:ff9b::a00:1", "2002:a00:1::", "::127.0.0.1",
    ],
)  # fmt: skip
def test_private_networks_are_not_reached(settings: Settings, monkeypatch: pytest.MonkeyPatch, ip: str) -> None:
    """SSRF: a name that leads inside, as it does at once or by rebinding after it was checked."""
    tried: list[Any] = []
    asked: list[str] = []

    def find(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (ip if len(asked) == 1 else "93.184.216.34", port))]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setattr(socket, "create_connection", lambda where, **_: tried.append(where))
    outside = replace(settings, webhooks=("x=slack+https://hooks.example.net/x",), webhook_private=())
    with pytest.raises(DeliveryError, match="private network"):
        Senders(outside).send("hook:x", FELL, "1-1")
    assert tried == []
    assert asked == ["hooks.example.net"], "a name is looked up once"
    assert not is_public(ip)


def test_the_address_that_was_checked_is_the_one_that_is_reached(
    settings: Settings, hooks: HookSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []
    port = int(hooks.address.rpartition(":")[2])

    def note(where: Any, **_: Any) -> socket.socket:
        reached.append(where)
        made = socket.socket()
        made.connect(("127.0.0.1", port))
        return made

    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (ip, 80)) for ip in ("10.0.0.1", "93.184.216.34")]
    )
    monkeypatch.setattr(socket, "create_connection", note)
    outside = replace(settings, webhooks=("x=slack+http://hooks.example.net/x",), webhook_private=())
    Senders(outside).send("hook:x", FELL, "1-1")
    assert reached == [("93.184.216.34", 80)]
    assert hooks.posts[0].headers["Host"] == "hooks.example.net"


@pytest.mark.parametrize(
    ("hook", "secret", "told"),
    [
        ("x=plain+https://a.example/", "", "must be signed"),
        ("x=slack+https://me:word@a.example/", "", "name and password"),
        ("x=slack+https://a.example:99999/", "", "no address"),
    ],
)
def test_webhooks_that_cannot_be_used(hook: str, secret: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        webhooks.read([hook], secret)


class Service:
    """Stands for the package apprise, which is optional: it knows the service `known` and takes what `takes` says."""

    told: ClassVar[list[dict[str, str]]] = []
    takes = True

    def add(self, address: str) -> bool:
        return address.startswith("known://")

    def notify(self, **told: str) -> bool:
        self.told.append(told)
        return self.takes


def test_apprise_sends_where_it_is_configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="requirements-notify"):
        webhooks.read(["ops=apprise+known://key"], "")
    monkeypatch.setattr(webhooks, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Service))
    hooks = ("ops=apprise+known://key", "odd=apprise+other://key")
    senders = Senders(replace(settings, webhooks=hooks))
    senders.send("hook:ops", FELL, "1")
    (told,) = Service.told
    assert told["title"] == FELL.subject
    assert FELL.text in told["body"]
    with pytest.raises(DeliveryError, match="does not know") as refused:
        senders.send("hook:odd", FELL, "2")
    assert refused.value.final
    monkeypatch.setattr(Service, "takes", False)
    with pytest.raises(DeliveryError, match="webhook ops") as refused:
        senders.send("hook:ops", FELL, "3")
    assert not refused.value.final
    assert "key" not in str(refused.value) + repr(webhooks.read(hooks, ""))


@pytest.mark.parametrize(
    "channel", ["", "hook:", "hook:none", "hook:https://evil.example", "sms:1", "mail", "file:///etc/passwd"]
)
def test_only_channels_of_the_settings(settings: Settings, channel: str) -> None:
    with pytest.raises(RequestError):
        Senders(settings).checked(channel)


def test_a_message_that_is_no_json_harms_no_queue(state: State) -> None:
    with pytest.raises(DeliveryError, match="characters"):
        queue(state, ANN, TOLD, replace(FELL, html="x" * 600_000))
    assert states(state) == []
    assert json.dumps(FELL.to_json())
    assert Message.from_json(FELL.to_json()) == FELL


def test_there_are_only_names_in_what_is_logged(settings: Settings) -> None:
    shown: Callable[[object], str] = repr
    assert "hidden" not in shown(settings)
    assert "hidden" not in shown(webhooks.read(settings.webhooks, SECRET))
