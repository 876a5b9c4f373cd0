package shop

import (
	"database/sql"
	"fmt"

	"github.com/gin-gonic/gin"
)

type Store struct{ db *sql.DB }

func (s *Store) Find(c *gin.Context) {
	state := c.Query("state")
	query := fmt.Sprintf("SELECT id FROM orders WHERE state = '%s'", state)
	rows, err := s.db.Query(query) // BAD
	c.JSON(200, gin.H{"rows": rows, "error": err})
}

func (s *Store) OfCustomer(name string) *sql.Row {
	return s.db.QueryRow("SELECT id FROM orders WHERE customer = '" + name + "'") // BAD
}
