"""The refusals of holds and coupons."""

from loyalty_site.ground.errors import Conflict, NotFound, Refused


class HoldNotFound(NotFound):
    code = "hold_not_found"
    sentence = "There is no such hold in your stores."


class HoldEnded(Refused):
    code = "hold_ended"
    sentence = "The hold timed out at %(at)s. Make a new one."


class HoldReleased(Refused):
    code = "hold_released"
    sentence = "The hold was released at %(at)s. Make a new one."


class HoldCommitted(Conflict):
    code = "hold_committed"
    sentence = "The hold has become receipt %(receipt)s already. Nothing was booked again."


class HoldTooLong(Refused):
    code = "hold_too_long"
    sentence = "Points are held for at most %(minutes)s minutes."


class CouponNeedsMember(Refused):
    code = "coupon_needs_member"
    sentence = "To use a coupon, find the member first."


class CouponUnknown(Refused):
    code = "coupon_unknown"
    sentence = "There is no coupon %(coupon)s. Check its letters."


class CouponForeign(Refused):
    code = "coupon_foreign"
    sentence = "Coupon %(coupon)s was given to somebody else."


class CouponWithdrawn(Refused):
    code = "coupon_withdrawn"
    sentence = "Coupon %(coupon)s was withdrawn."


class CouponNotYet(Refused):
    code = "coupon_not_yet"
    sentence = "Coupon %(coupon)s is valid from %(day)s."


class CouponExpired(Refused):
    code = "coupon_expired"
    sentence = "Coupon %(coupon)s was valid until %(day)s."


class CouponUsed(Refused):
    code = "coupon_used"
    sentence = "Coupon %(coupon)s has been used."


class CouponLimit(Refused):
    code = "coupon_limit"
    sentence = "Coupon %(coupon)s: one member can use such coupons %(most)s time(s) at most."


class CouponUseless(Refused):
    code = "coupon_useless"
    sentence = "Coupon %(coupon)s brings nothing: no rule of the programme names its kind."


class GiftNotOffered(Refused):
    code = "gift_not_offered"
    sentence = "No rule “%(rule)s” of the programme gives %(sku)s as a gift. Ask for a quote to see what there is."


class GiftsTooMany(Refused):
    code = "gifts_too_many"
    sentence = (
        "Of the gift of rule “%(rule)s” %(most)s can be given with this purchase. Take the others off the receipt."
    )


class CouponSeriesClosed(Refused):
    code = "coupon_series_closed"
    sentence = "Coupons of the kind %(series)s are not handed out any more."


class CouponForAnybody(Refused):
    code = "coupon_for_anybody"
    sentence = "Coupons of the kind %(series)s are for anybody. Choose a personal kind, or ignore the columns that name people."


class CouponWantsMember(Refused):
    code = "coupon_wants_member"
    sentence = "Coupons of the kind %(series)s are personal. Choose whom to give one."


class CouponsTooMany(Refused):
    code = "coupons_too_many"
    sentence = "Make between 1 and %(most)s codes at once."
