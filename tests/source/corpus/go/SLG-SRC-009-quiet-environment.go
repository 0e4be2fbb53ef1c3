package main

import "os"

const secretName = "orders/db"

func handle() string {
	password := os.Getenv("DB_PASSWORD")
	return password + secretName
}
