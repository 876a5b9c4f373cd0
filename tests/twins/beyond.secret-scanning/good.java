package io.hostel.booking;

final class Keys {
    private static final String PASSWORD = "password";
    static final String API_SECRET_NAME = "booking/api-secret-2";
    static final String TOKEN_HEADER = "X-Auth-Token";

    @Value("${ledger.password}")
    private String ledger;

    @Value("${ledger.password:}")
    private String optional;

    /**
     * Sets the password, for example {@code setPassword("Tr0ub-4dorX")}.
     */
    DataSource source() {
        HikariConfig config = new HikariConfig();
        config.setPassword(System.getenv("DB_PASSWORD"));
        config.addDataSourceProperty("password", ledger);
        return new HikariDataSource(config);
    }
}
