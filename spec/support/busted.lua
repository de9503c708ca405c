--- Busted under the interpreter at hand, whichever it is and however busted was installed. With
-- HATHORA_SPEC_COLLECTOR=eager the collector runs at almost every allocation.
if os.getenv "HATHORA_SPEC_COLLECTOR" == "eager" then collectgarbage("incremental", 1, 1000, 1) end
require "busted.runner" { standalone = false }
