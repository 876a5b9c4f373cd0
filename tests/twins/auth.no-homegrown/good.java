package shop.users;

import javax.crypto.Cipher;
import org.apache.commons.codec.digest.DigestUtils;
import org.springframework.security.crypto.password.PasswordEncoder;

class Own {
    String store(PasswordEncoder encoder, String password) {
        return encoder.encode(password);
    }

    String checksum(byte[] file) {
        return DigestUtils.sha256Hex(file);
    }

    Cipher hideToken() throws Exception {
        return Cipher.getInstance("AES/GCM/NoPadding");
    }
}
