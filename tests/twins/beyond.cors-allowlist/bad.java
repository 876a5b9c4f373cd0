package shop;

import org.springframework.web.cors.CorsConfiguration;

class Cors {
    CorsConfiguration open() {
        CorsConfiguration rule = new CorsConfiguration();
        rule.setAllowCredentials(true);
        rule.addAllowedOriginPattern("*"); // BAD
        return rule;
    }
}
