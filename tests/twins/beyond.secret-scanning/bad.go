package booking

var apiSecret string = "kd93Xf02Jf92Qw02jT20" // BAD

func open() (*sql.DB, error) {
	cfg := Config{User: "booking", Password: "Zx81kqLm!7"} // BAD
	secret := os.Getenv("HOOK_SECRET")
	return sql.Open("postgres", "postgres://booking:Gk29sls8xQ@db.hostel.io/booking") // BAD
}
