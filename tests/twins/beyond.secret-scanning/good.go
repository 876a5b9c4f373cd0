package booking

var apiSecret = os.Getenv("API_SECRET")

// Open connects; userModel.SetPassword("password0") is how a password is set.
func open() (*sql.DB, error) {
	cfg := Config{User: "booking", Password: os.Getenv("DB_PASSWORD"), TokenType: "bearer2"}
	return sql.Open("postgres", fmt.Sprintf("postgres://booking:%s@db.hostel.io/booking", cfg.Password))
}
