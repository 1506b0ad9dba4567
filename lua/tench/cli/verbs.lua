-- SPDX-License-Identifier: MIT
-- The verbs of the program, in the order of the help. Each has a module of its name.

return { "run", "show", "info", "index", "verify", "pack", "unpack", "doctor", "help" }
