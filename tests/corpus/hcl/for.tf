locals {
  list   = [for i, x in ["a", "b", "a"] : "${i}-${x}" if x != "b"]
  map    = { for k, v in { a = 1, b = null } : k => v }
  groups = { for x in ["a", "b", "a"] : x => x... }
  splat  = [{ a = [1, 2] }, { a = [3] }][*].a[*]
  legacy = [{ a = 1 }].*.a
  pick   = [1, 2, 3][1] == 2 ? lookup({ a = 1 }, "a", 2) : try(local.none, 0)
  all    = concat([1], [for x in range(3) : x], [[[]]]...)
}
