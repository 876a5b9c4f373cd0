package shop;

import org.springframework.web.cors.CorsConfiguration;

class Cors {
    CorsConfiguration listed() {
        CorsConfiguration rule = new CorsConfiguration();
        rule.setAllowCredentials(true);
        rule.addAllowedOriginPattern("https://*.shop.example");
        return rule;
    }
}
