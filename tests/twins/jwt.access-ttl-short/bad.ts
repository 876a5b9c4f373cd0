import { Module } from "@nestjs/common";
import { JwtModule, JwtService } from "@nestjs/jwt";

@Module({
  imports: [
    JwtModule.register({ secret: process.env.JWT_KEY, signOptions: { expiresIn: "30d" } }), // BAD
  ],
})
export class AuthModule {}
