package shop.security;

import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

class Security {
    @Bean
    SecurityFilterChain chain(HttpSecurity http) throws Exception {
        http.authorizeHttpRequests(each -> each.anyRequest().authenticated());
        http.httpBasic(each -> each.disable());
        http.oauth2ResourceServer(each -> each.jwt(Customizer.withDefaults()));
        return http.build();
    }
}
