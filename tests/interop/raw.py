"""A client that knows as much of XMPP as it takes to publish one thing: plain sockets, no library."""

import base64
import re
import socket
import ssl

from server import DOMAIN, Failed


def publish(server, name, node, payload):
    """Publishes a payload (XML) as the item `current` of one of the account's own nodes (XEP-0163)."""
    with socket.create_connection(("127.0.0.1", server.port), 20) as plain:
        opening = f"<stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        ask(plain, opening, "</stream:features>")
        ask(plain, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
        context = ssl.create_default_context(cafile=str(server.ca_file))
        with context.wrap_socket(plain, server_hostname=DOMAIN) as stream:
            ask(stream, opening, "</stream:features>")
            secret = base64.b64encode(f"\0{name}\0{server.passwords[name]}".encode()).decode()
            ask(stream, f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>", "<success")
            ask(stream, opening, "</stream:features>")
            ask(stream, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
            ask(stream, "<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                        f"<publish node='{node}'><item id='current'>{payload}</item></publish></pubsub></iq>", r"<iq[^>]*id=['\"]p")
            stream.sendall(b"</stream:stream>")


def ask(stream, text, answer):
    """Sends this and reads until the answer, a regular expression, was there."""
    stream.sendall(text.encode())
    heard = ""
    while not re.search(answer, heard):
        more = stream.recv(65536).decode("utf-8", "replace")
        if not more or "<failure" in heard or "type='error'" in heard:
            raise Failed(f"The server did not answer {answer}: {heard}")
        heard += more
