package store

import (
	"database/sql"

	_ "github.com/lib/pq"
)

const place = "postgres://postgres:postgres@db.internal:5432/shop?sslmode=require" // BAD

func Open() (*sql.DB, error) {
	return sql.Open("postgres", place) // BAD
}
