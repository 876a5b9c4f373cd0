package io.hostel.booking;

final class Keys {
    private static final String DB_PASSWORD = "Zx81kqLm!7"; // BAD
    static final String API_SECRET = "kd93Xf02Jf92Qw02jT20"; // BAD

    @Value("${ledger.password:Hq72mZpl}") // BAD
    private String ledger;

    DataSource source() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://db.hostel.io/booking?user=booking&password=Gk29sls8xQ"); // BAD
        config.setPassword("Tr0ub-4dorX"); // BAD
        return new HikariDataSource(config);
    }
}
