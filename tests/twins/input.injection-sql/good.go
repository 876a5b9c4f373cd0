package shop

import (
	"database/sql"
	"fmt"

	"github.com/gin-gonic/gin"
)

const table = "orders"

type Store struct{ db *sql.DB }

func (s *Store) Find(c *gin.Context) {
	rows, err := s.db.Query("SELECT id FROM "+table+" WHERE state = $1", c.Query("state"))
	c.JSON(200, gin.H{"rows": rows, "error": err})
}

func (s *Store) Page(number int) (*sql.Rows, error) {
	return s.db.Query(fmt.Sprintf("SELECT id FROM orders LIMIT 20 OFFSET %d", number*20))
}
