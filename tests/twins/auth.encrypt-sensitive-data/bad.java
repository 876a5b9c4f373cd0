package io.clinic;

final class Records {
    private static final String FIELD_ENCRYPTION_KEY = "p0LmQ4vXs9EtRk2WnYp6HdGu"; // BAD
}
