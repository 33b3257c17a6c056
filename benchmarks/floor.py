"""The yardstick of a sale: what DRF alone costs for a POST of the same shape, as its tutorial would write it."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

# What `django-admin startproject` gives.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


class Member(serializers.Serializer):
    phone = serializers.CharField(max_length=40)


class Line(serializers.Serializer):
    sku = serializers.CharField(max_length=60)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    amount = serializers.DecimalField(max_digits=14, decimal_places=4)


class Sale(serializers.Serializer):
    member = Member()
    lines = Line(many=True)
    redeem_points = serializers.DecimalField(max_digits=14, decimal_places=2)
    receipt_number = serializers.CharField(max_length=60)


class Floor(APIView):
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]

    def post(self, request):
        serializer = Sale(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data, status=201)


urlpatterns = [path("floor", Floor.as_view())]
