package shop;

import java.util.regex.Pattern;

class Names {
    static final Pattern NAME = Pattern.compile("^(a+)+$"); // BAD
}
