package main

const apiToken = "q8Zr2LmX0vBn5TyK7wPd3" // fires

func handle() string { return apiToken[:1] }
