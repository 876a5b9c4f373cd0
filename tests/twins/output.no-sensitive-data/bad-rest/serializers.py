from django.contrib.auth.models import User
from rest_framework import serializers


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = "__all__"  # BAD


class StaffSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        exclude = ["last_login"]  # BAD


class SignUpSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "email", "password"]  # BAD
