"""A mail server (aiosmtpd) for tests: `smtp.py plain|starttls|tls [CERTIFICATE KEY [USER PASSWORD]]`. Prints its port,
and then each mail that it took as a line of JSON."""

import json
import socket
import ssl
import sys
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos == ["refused@south.example"]:
            return "550 no such mailbox"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "message_id": mail["message-id"],
            "headers": sorted(name.lower() for name in mail.keys()),
            "body": mail.get_content(),
            "tls": server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
        }
        print(json.dumps(told), flush=True)
        return "250 kept"


def main():
    mode, *files = sys.argv[1:]
    settings = {}
    if len(files) >= 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[0], files[1])
        if mode == "tls":
            settings["ssl_context"] = context
        else:
            settings |= {"tls_context": context, "require_starttls": True}
    if len(files) == 4:
        _, _, user, password = files

        def authenticator(server, session, envelope, mechanism, data):
            right = (data.login.decode(), data.password.decode()) == (user, password)
            return AuthResult(success=right, handled=False, auth_data=data.login if right else None)

        # Where TLS is there from the first byte, the server does not see it.
        settings |= {"authenticator": authenticator, "auth_required": True, "auth_require_tls": mode != "tls"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port, **settings)
    controller.start()
    print(port, flush=True)
    threading.Event().wait()


main()
