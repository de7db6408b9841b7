"""A login that says what it is told and reads nothing of what comes: for XML that would end any other client.

Arguments: port, CA file, domain, user. Standard input: the password, a line; then the XML, which is followed by a ping whose
answer ends the script.
"""

import base64
import socket
import ssl
import sys

port, ca_file, domain, user = sys.argv[1:]
password = sys.stdin.readline().rstrip("\n")
xml = sys.stdin.read()
header = (
    f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    f"to='{domain}' version='1.0'>"
)
sock = socket.create_connection(("127.0.0.1", int(port)), timeout=60)


def talk(say, mark):
    sock.sendall(say.encode())
    heard = b""
    while mark.encode() not in heard:
        more = sock.recv(65536)
        if not more:
            sys.exit(f"the server closed after {heard!r}")
        heard += more


talk(header, "</stream:features>")
talk("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
sock = ssl.create_default_context(cafile=ca_file).wrap_socket(sock, server_hostname=domain)
talk(header, "</stream:features>")
plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
talk(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>", "<success")
talk(header, "</stream:features>")
talk("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
talk(f"{xml}<iq type='get' id='last-ping' to='{domain}'><ping xmlns='urn:xmpp:ping'/></iq>", "last-ping")
