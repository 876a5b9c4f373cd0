package io.clinic;

final class Records {
    private static final String ENCRYPTION_KEY_ALIAS = "records-2026";
    private final byte[] encryptionKey = Vault.read("secret/records").bytes();
}
