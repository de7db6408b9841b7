-- Writes down, a line of JSON each, what a server can see of OMEMO: the nodes that clients publish to; and of every encrypted
-- message that a client sends between whom it is, in which dialects, for how many devices, and whether there is a payload. A
-- message without one is empty: it only moves sessions on. Of every message: what it carries in clear, encrypted part left out.

local json = require "util.json";
local st = require "util.stanza";

local path = module:get_option_string("seen_file");
local dialects = { ["eu.siacs.conversations.axolotl"] = "legacy", ["urn:xmpp:omemo:2"] = "omemo2" };

local function write(line)
	local file = assert(io.open(path, "a"));
	file:write(json.encode(line), "\n");
	file:close();
end

local function keys(element)
	local count = 0;
	for child in element:childtags() do
		count = count + (child.name == "key" and 1 or keys(child));
	end
	return count;
end

local function message(event)
	local found = {};
	for namespace, dialect in pairs(dialects) do
		for encrypted in event.stanza:childtags("encrypted", namespace) do
			table.insert(found, { dialect = dialect, keys = keys(encrypted), payload = encrypted:get_child("payload") ~= nil });
		end
	end
	local clear = st.clone(event.stanza);
	clear:maptags(function (child)
		return not dialects[child.attr.xmlns] and child or nil;
	end);
	write {
		from = event.origin.username, to = event.stanza.attr.to, encrypted = #found > 0 and found or nil, clear = tostring(clear);
	};
end

local function query(event)
	local pubsub = event.stanza:get_child("pubsub", "http://jabber.org/protocol/pubsub");
	local publish = pubsub and pubsub:get_child("publish");
	if publish then
		write { from = event.origin.username, published = publish.attr.node };
	end
end

module:hook("pre-message/bare", message, 100);
module:hook("pre-message/full", message, 100);
module:hook("pre-iq/self", query, 100);
module:hook("pre-iq/bare", query, 100);
