-- Writes down, a line of JSON each, what can be seen of every encrypted message that a client sends: between whom, in which
-- dialects, for how many devices, and whether there is a payload. A message without one is empty: it only moves sessions on.

local json = require "util.json";

local path = module:get_option_string("seen_file");
local dialects = { ["eu.siacs.conversations.axolotl"] = "legacy", ["urn:xmpp:omemo:2"] = "omemo2" };

local function keys(element)
	local count = 0;
	for child in element:childtags() do
		count = count + (child.name == "key" and 1 or keys(child));
	end
	return count;
end

local function seen(event)
	local stanza = event.stanza;
	local found = {};
	for namespace, dialect in pairs(dialects) do
		for encrypted in stanza:childtags("encrypted", namespace) do
			table.insert(found, { dialect = dialect, keys = keys(encrypted), payload = encrypted:get_child("payload") ~= nil });
		end
	end
	if #found == 0 then return; end
	local file = assert(io.open(path, "a"));
	file:write(json.encode({ from = event.origin.username, to = stanza.attr.to, encrypted = found }), "\n");
	file:close();
end

module:hook("pre-message/bare", seen, 100);
module:hook("pre-message/full", seen, 100);
