package shop;

import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

class Rules {
  SecurityFilterChain chain(HttpSecurity http) throws Exception {
    http.headers().frameOptions().disable(); // BAD
    return http.build();
  }
}
