-- Lint settings: LuaJIT, no globals of our own, and the few names that a recipe is given.
std = "luajit"
max_line_length = 100
local recipe = { read_globals = { "op", "create_transform", "constants" } }
files["recipes"] = recipe
files["tests/bench/*.lua"] = recipe
