locals {
  a = "é€😀"
  b = "\u00e9\U0001F600\n"
}
