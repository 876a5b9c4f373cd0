package io.hostel;

final class Checkout {
    private static final String SALT = "4R38IvwiV57FwVpsgOvTXBdLE4tHUXFW"; // BAD
}
