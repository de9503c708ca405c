--- Busted under the interpreter at hand, whichever it is and however busted was installed.
require "busted.runner" { standalone = false }
